// The cheapest way to pair n things with n others, given what each pair costs, in O(n³): shortest
// augmenting paths (Kuhn, 1955; Jonker and Volgenant, 1987).

// costs: n arrays of n numbers. Returns which column each row is paired with.
function assign(costs) {
  const n = costs.length;
  // Prices of rows and columns: no pair costs less than the sum of both, those chosen cost just that.
  const rowPrice = new Float64Array(n), columnPrice = new Float64Array(n);
  const rowOf = new Int32Array(n).fill(-1);
  for (let start = 0; start < n; start++) {
    // By how much each column is dearer than its prices, along the best path to it so far.
    const excess = new Float64Array(n).fill(Infinity), before = new Int32Array(n).fill(-1);
    const visited = new Uint8Array(n);
    let row = start, column = -1;
    while (row >= 0) {
      let next = -1;
      if (column >= 0) visited[column] = 1;
      const here = column < 0 ? 0 : excess[column];
      for (let j = 0; j < n; j++) {
        if (visited[j]) continue;
        const far = here + costs[row][j] - rowPrice[row] - columnPrice[j];
        if (far < excess[j]) {
          excess[j] = far;
          before[j] = column;
        }
        if (next < 0 || excess[j] < excess[next]) next = j;
      }
      column = next;
      row = rowOf[column];
    }
    const reached = excess[column];
    rowPrice[start] += reached;
    for (let j = 0; j < n; j++) {
      if (!visited[j]) continue;
      rowPrice[rowOf[j]] += reached - excess[j];
      columnPrice[j] -= reached - excess[j];
    }
    for (; column >= 0; column = before[column]) {
      rowOf[column] = before[column] < 0 ? start : rowOf[before[column]];
    }
  }
  const columnOf = new Int32Array(n);
  rowOf.forEach((i, j) => { columnOf[i] = j; });
  return columnOf;
}
