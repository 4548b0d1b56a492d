export * from './admin-clients.ts';
export * from './admin-requests.ts';
export * from './admin-responses.ts';
export * from './requests.ts';
export * from './responses.ts';
