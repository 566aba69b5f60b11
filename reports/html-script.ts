/**
 * The page's only script: point at one chart, and every chart over time shows the numbers of that
 * moment. Without it nothing is missing: the same numbers stand in the tables.
 */
export const SCRIPT = `
(() => {
  const charts = [...document.querySelectorAll('svg[data-row-share]')].map((svg) => {
    const figure = svg.closest('figure');
    return {
      svg,
      cursor: svg.querySelector('.cursor'),
      readout: figure.querySelector('.readout'),
      heads: [...figure.querySelector('thead tr').cells].map((cell) => cell.textContent),
      rows: figure.querySelector('tbody').rows,
      rowShare: Number(svg.dataset.rowShare),
    };
  });
  const hint = 'Point at a chart to read the numbers of a moment in all of them.';
  const show = (share) => {
    for (const { cursor, readout, heads, rows, rowShare } of charts) {
      const row = rows[Math.min(rows.length - 1, Math.floor(share / rowShare))];
      const cells = [...row.cells].map((cell) => cell.textContent);
      readout.textContent = cells[0] + ': ' +
        cells.slice(1).map((cell, index) => heads[index + 1] + ' ' + cell).join(' · ');
      cursor.setAttribute('x1', share * 100 + '%');
      cursor.setAttribute('x2', share * 100 + '%');
      cursor.setAttribute('visibility', 'visible');
    }
  };
  const hide = () => {
    for (const { cursor, readout } of charts) {
      readout.textContent = readout === charts[0].readout ? hint : '';
      cursor.setAttribute('visibility', 'hidden');
    }
  };
  for (const { svg, readout } of charts) {
    readout.hidden = false;
    svg.addEventListener('pointermove', (event) => {
      const box = svg.getBoundingClientRect();
      show(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
    });
    svg.addEventListener('pointerleave', hide);
  }
  hide();
})();
`;
