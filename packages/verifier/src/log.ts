/** Following a revocation log, for those who read it in another way than over HTTP. Plain ECMAScript. */
export {
  readAtMsOf,
  type Advance,
  type LogPosition,
  type LossReason,
  type PageReading,
} from './revocations/advance.ts';
export {
  LogFollower,
  timedSource,
  type LogSink,
  type LogSource,
  type TakeOutcome,
} from './revocations/log-follower.ts';
