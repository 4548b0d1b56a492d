/** Both products set the cookies of an https site; the benchmark itself speaks http with them. */
export const ORIGIN = 'https://bench.example';

export const ACCOUNT = { email: 'ada@bench.example', password: 'correct horse battery staple', name: 'Ada' };
