/** Where the vendors say how their policies decide. */
import type { ScalingPolicy } from '../simulator/model/scaling-settings.ts';

/** A page of the vendor's that has the rule. */
export interface Source {
  readonly title: string;
  readonly url: string;
}

const AWS = 'https://docs.aws.amazon.com';

function userGuide(title: string, page: string): Source {
  const url = `${AWS}/autoscaling/ec2/userguide/${page}.html`;
  return { title: `EC2 Auto Scaling user guide, "${title}"`, url };
}

const STEPS: Source = userGuide('Step and simple scaling policies', 'as-scaling-simple-step');
const ALARMS: Source = {
  title: 'CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data"',
  url: `${AWS}/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html`,
};
const HPA: Source = {
  title: 'Kubernetes documentation, "Horizontal Pod Autoscaling"',
  url: 'https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/',
};

const SOURCES: Readonly<Record<ScalingPolicy['type'], readonly Source[]>> = {
  'step-scaling': [STEPS, ALARMS],
  'target-tracking': [
    userGuide('Target tracking scaling policies', 'as-scaling-target-tracking'),
    ALARMS,
  ],
  'simple-scaling': [
    STEPS,
    userGuide('Scaling cooldowns', 'ec2-auto-scaling-scaling-cooldowns'),
    ALARMS,
  ],
  scheduled: [userGuide('Scheduled scaling', 'ec2-auto-scaling-scheduled-scaling')],
  predictive: [userGuide('Predictive scaling', 'ec2-auto-scaling-predictive-scaling')],
  hpa: [HPA],
  keda: [
    {
      title: 'KEDA documentation, "ScaledObject specification"',
      url: 'https://keda.sh/docs/latest/reference/scaledobject-spec/',
    },
    HPA,
  ],
};

/** The pages that have the rule of a policy, the nearest first. */
export function sourcesOf(type: ScalingPolicy['type']): readonly Source[] {
  return SOURCES[type];
}
