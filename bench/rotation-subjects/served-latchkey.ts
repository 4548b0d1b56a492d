import { serveLatchkey } from './serve-latchkey.ts';

serveLatchkey(async () => ({}));
