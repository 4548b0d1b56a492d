import { performance } from 'node:perf_hooks';

export interface Usage {
  /** Share of the time that the event loop was busy, 0 to 1. */
  readonly busyShare: number;
  /** Time on a processor, of all threads. */
  readonly cpuUs: number;
}

/** Tells, each time, what this process took since it was last asked. */
export function createUsageMeter(): () => Usage {
  let lastLoop = performance.eventLoopUtilization();
  let lastCpu = process.cpuUsage();
  return () => {
    const loop = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(loop, lastLoop);
    const { user, system } = process.cpuUsage(lastCpu);
    lastLoop = loop;
    lastCpu = process.cpuUsage();
    return { busyShare: utilization, cpuUs: user + system };
  };
}
