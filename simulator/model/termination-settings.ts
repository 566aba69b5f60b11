/** How EC2 Auto Scaling narrows down which instance goes; versions are launch templates. */
export type TerminationOrder =
  | 'default'
  | 'oldest-instance'
  | 'newest-instance'
  | 'oldest-launch-template'
  | 'closest-to-next-instance-hour'
  | 'allocation-strategy';
