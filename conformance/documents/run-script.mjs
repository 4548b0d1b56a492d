// `npm start`, `npm start -w FOLDER` and `npm run SCRIPT -w FOLDER`, for a script that is one program of Node: in this
// process, so that whoever stops it stops the program.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [root, ...words] = process.argv.slice(2);
const [name, flag = '-w', folder = '.'] = words[0] === 'run' ? words.slice(1) : words;
if (flag !== '-w') throw new Error(`npm ${words.join(' ')} is not known here`);
process.chdir(join(root, folder));
const script = JSON.parse(readFileSync('package.json', 'utf8')).scripts[name];
const [program, file, ...rest] = script.split(' ');
if (program !== 'node') throw new Error(`Not one program: ${script}`);
process.argv = [process.argv[0], resolve(file), ...rest];
await import(pathToFileURL(resolve(file)).href);
