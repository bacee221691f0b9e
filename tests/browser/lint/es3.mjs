// What Internet Explorer 6 would refuse or misunderstand: syntax by acorn as of ES3, and hazards that it parses.
//
//   node lint/es3.mjs FILE.js...
//
// No Trident runs the tests, and HtmlUnit takes syntax that IE does not. So this is the gate.
import { readFileSync } from 'node:fs';
import { parse } from 'acorn';

// Absent to IE 8. They may be called where the file asks first whether they are there.
const late = new Set(('forEach map filter some every reduce reduceRight trim bind toISOString addEventListener removeEventListener ' +
  'querySelector querySelectorAll getElementsByClassName preventDefault stopPropagation createObjectURL').split(' '));
const late_properties = new Set('textContent innerText classList dataset'.split(' '));
const late_statics = { Date: ['now'], Object: ['keys', 'create', 'defineProperty', 'freeze', 'assign'], Array: ['isArray', 'from'], Number: ['isNaN'] };
const late_globals = ['JSON', 'console', 'Promise', 'Map', 'Set', 'localStorage', 'sessionStorage', 'EventSource', 'FormData', 'XMLHttpRequest',
  'FileReader', 'URL', 'fetch', 'WebSocket'];

const name_of = (node) => node?.type === 'MemberExpression' && !node.computed ? node.property.name : undefined;

function walk(node, visit, parents = []) {
  visit(node, parents);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child && typeof child.type === 'string') walk(child, visit, [node, ...parents]);
    }
  }
}

/// The faults of a script: [{line, says}].
export function faults(source) {
  const found = [];
  const say = (line, says) => found.push({ line, says });
  source.split('\n').forEach((text, i) => {
    if (/[^\x00-\x7f]/.test(text)) say(i + 1, 'not ASCII: old browsers guess a script\'s encoding, so write \\u escapes');
  });

  let tree;
  try {
    tree = parse(source, { ecmaVersion: 3, allowReserved: 'never', locations: true });
  } catch (error) {
    say(error.loc?.line ?? 0, `not ES3: ${error.message}`);
    return found;
  }

  // What the file asks for before it uses it: as a value, or with `in`.
  const asked = new Set();
  walk(tree, (node, [parent]) => {
    const is_called = parent?.type === 'CallExpression' && parent.callee === node;
    const is_set = parent?.type === 'AssignmentExpression' && parent.left === node;
    if (name_of(node) && !is_called && !is_set) asked.add(name_of(node));
    if (node.type === 'BinaryExpression' && node.operator === 'in' && node.left.type === 'Literal') asked.add(node.left.value);
    if (node.type === 'UnaryExpression' && node.operator === 'typeof' && node.argument.type === 'Identifier') asked.add(node.argument.name);
  });

  walk(tree, (node, parents) => {
    const [parent, grandparent] = parents;
    // In the block of a try, what is not there is asked for by trying.
    const tried = parents.some((one, i) => one.type === 'TryStatement' && one.block === (parents[i - 1] ?? node));
    const at = (says) => say(node.loc.start.line, says);
    switch (node.type) {
      case 'ArrayExpression':
        if (node.elements.includes(null) || /,\s*\]$/.test(source.slice(node.start, node.end).replace(/\/\*[^]*?\*\/|\/\/.*/g, ''))) {
          at('a comma too many in an array: IE to 8 counts another element');
        }
        break;
      case 'FunctionExpression':
        if (node.id) at(`the name of the function expression '${node.id.name}' leaks into its surroundings`);
        break;
      case 'FunctionDeclaration':
        if (parent && parent.type !== 'Program' && !(parent.type === 'BlockStatement' && /^Function/.test(grandparent?.type))) {
          at(`the function '${node.id.name}' is declared in a block: where it is known differs`);
        }
        break;
      case 'MemberExpression':
        if (node.computed && node.object.type === 'Literal' && typeof node.object.value === 'string') at('a string has no [] in IE to 7: charAt');
        if (late_properties.has(name_of(node)) && parent?.type === 'AssignmentExpression' && parent.left === node && !asked.has(name_of(node)) && !tried) {
          at(`.${name_of(node)} is set, and nobody asked whether it is there`);
        }
        if (node.object.type === 'Identifier' && late_statics[node.object.name]?.includes(name_of(node)) &&
            parent?.callee === node && !asked.has(name_of(node)) && !tried) at(`${node.object.name}.${name_of(node)} is later than ES3`);
        break;
      case 'Identifier': {
        const is_name = (parent?.type === 'MemberExpression' && parent.property === node && !parent.computed) ||
          (parent?.type === 'Property' && parent.key === node && parent.value !== node);
        const is_typeof = parent?.type === 'UnaryExpression' && parent.operator === 'typeof';
        if (late_globals.includes(node.name) && !is_name && !is_typeof && !asked.has(node.name) && !tried) {
          at(`${node.name} alone throws where it is not there: window.${node.name}`);
        }
        break;
      }
      case 'CallExpression': {
        const called = name_of(node.callee), args = node.arguments;
        if (late.has(called) && !asked.has(called) && !tried) at(`.${called}() is called, and nobody asked whether it is there`);
        if (called === 'remove' && args.length === 0) at('an element has no .remove(): removeChild');
        if (called === 'substr' && args[0]?.type === 'UnaryExpression' && args[0].operator === '-') at('substr counts from the end nowhere in IE to 8: slice');
        if (called === 'splice' && args.length === 1) at('splice with one argument does nothing in IE to 8');
        if (called === 'split' && args[0]?.regex && /\((?!\?)/.test(args[0].regex.pattern)) at('split with a group drops the group in IE to 8');
        if (node.callee.name === 'parseInt' && args.length === 1) at('parseInt without 10 takes 08 for octal');
        break;
      }
      case 'Literal':
        if (node.regex && /\[\^?\]/.test(node.regex.pattern.replace(/\\./g, 'x'))) at('[^] and [] are no classes in JScript');
        break;
      default:
    }
  });
  return found;
}

/// Prints the faults of files; how many there are.
export function lint(files) {
  let count = 0;
  for (const file of files) {
    for (const { line, says } of faults(readFileSync(file, 'utf8'))) {
      console.log(`${file}:${line}: ${says}`);
      count++;
    }
  }
  return count;
}

if (process.argv[1] === new URL(import.meta.url).pathname) process.exit(lint(process.argv.slice(2)) ? 1 : 0);
