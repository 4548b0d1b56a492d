/**
 * The strongly connected components of a graph, by Tarjan's algorithm without recursion: for each state the number
 * of its component. Numbers grow against the edges: no edge leads to a higher one.
 */
export function componentsOf(states: number, targetsOf: (state: number) => readonly number[]): Int32Array {
  const component = new Int32Array(states).fill(-1);
  const order = new Int32Array(states).fill(-1);
  const lowest = new Int32Array(states);
  const open: number[] = [];
  let entered = 0;
  let components = 0;

  const enter = (state: number) => {
    order[state] = entered;
    lowest[state] = entered;
    entered += 1;
    open.push(state);
    return { state, targets: targetsOf(state), next: 0 };
  };
  const lower = (state: number, to: number): void => {
    lowest[state] = Math.min(lowest[state] ?? 0, to);
  };
  const close = (state: number): void => {
    if (lowest[state] !== order[state]) return;
    for (let member = open.pop(); member !== undefined; member = open.pop()) {
      component[member] = components;
      if (member === state) break;
    }
    components += 1;
  };

  for (let root = 0; root < states; root += 1) {
    if (order[root] !== -1) continue;
    const calls = [enter(root)];
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const target = call.targets[call.next];
      call.next += 1;
      if (target === undefined) {
        calls.pop();
        const caller = calls.at(-1);
        if (caller !== undefined) lower(caller.state, lowest[call.state] ?? 0);
        close(call.state);
      } else if (order[target] === -1) {
        calls.push(enter(target));
      } else if (component[target] === -1) {
        lower(call.state, order[target] ?? 0);
      }
    }
  }
  return component;
}
