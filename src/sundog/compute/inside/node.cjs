'use strict';
// Node.js functions: a client of the Runtime API that behaves like AWS's managed Node.js runtime.
// Started as `node node.cjs` it reads its environment as it is; as `node node.cjs spare` it waits for
// one JSON document on standard input ({env, cwd, flags}) and then becomes that function.
const fs = require('fs');
const net = require('net');
const path = require('path');
const util = require('util');
const { Module } = require('module');
const { pathToFileURL } = require('url');

const ERROR_TYPE = 'Lambda-Runtime-Function-Error-Type', ERROR_BODY = 'Lambda-Runtime-Function-Error-Body';
const FATAL_INIT = 1, FATAL_EXCEPTION = 129, FATAL_REJECTION = 128;
const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
const FRAME_TEXT = 0xa55a0003, FRAME_JSON = 0xa55a0002;

// What went wrong, by AWS's names

class RuntimeError extends Error {
  constructor(type, message) {
    super(message);
    this.name = type;
  }
}

function describe(error) {
  try {
    if (util.types.isNativeError(error) || (error && error.name && error.message !== undefined && error.stack)) {
      return {
        errorType: String(error.name).replaceAll('\x7F', '%7F'),
        errorMessage: String(error.message).replaceAll('\x7F', '%7F'),
        trace: String(error.stack).replaceAll('\x7F', '%7F').split('\n'),
      };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    return { errorType: 'handled', errorMessage: 'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack', trace: [] };
  }
}

function describeForLog(error) {
  if (!util.types.isNativeError(error)) return describe(error);
  const { name, message, stack, ...more } = Object.assign({ name: error.name, message: error.message, stack: error.stack }, error);
  const cause = error.cause !== undefined ? { cause: describeForLog(error.cause) } : {};
  return { errorType: name ?? 'UnknownError', errorMessage: message ?? '', ...more, ...cause, stack: String(stack ?? '').split('\n') };
}

function headerText(text) {
  return text.replace(/[^\x20-\x7e]/g, '');
}

function toJson(value) {
  try {
    return JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? String(v) : v));
  } catch {
    return util.inspect(value);
  }
}

// The log

const log = { requestId: undefined, tenantId: undefined, json: false, least: LEVELS.TRACE, fd: 1 };

function frame(type, text) {
  const message = Buffer.from(text);
  const head = Buffer.alloc(16);
  head.writeUInt32BE(type >>> 0, 0);
  head.writeUInt32BE(message.length, 4);
  head.writeBigUInt64BE(BigInt(Date.now()) * 1000n, 8);
  writeAll(Buffer.concat([head, message]));
}

function writeAll(data) {
  let at = 0;
  while (at < data.length) {
    try {
      at += fs.writeSync(log.fd, data, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

function write(level, args) {
  if (LEVELS[level] < log.least) return;
  const time = new Date().toISOString();
  if (log.json) frame(FRAME_JSON, jsonRecord(time, level, args));
  else frame(FRAME_TEXT, `${time}\t${log.requestId}\t${level}\t${util.format(...args)}`);
}

function jsonRecord(time, level, args) {
  const record = { timestamp: time, level, requestId: log.requestId };
  if (log.tenantId) record.tenantId = log.tenantId;
  if (args.length === 1 && typeof args[0] === 'object' && !util.types.isNativeError(args[0])) {
    record.message = args[0];
    const text = toJsonOrNothing(record);
    if (text) return text;
  }
  record.message = util.format(...args);
  const error = args.find((arg) => util.types.isNativeError(arg));
  if (error) {
    record.errorType = error.name;
    record.errorMessage = error.message;
    record.stackTrace = String(error.stack).split('\n').slice(1);
  }
  return toJson(record);
}

function toJsonOrNothing(value) {
  try {
    return JSON.stringify(value, (_, v) => (util.types.isNativeError(v) ? { errorType: v.name, errorMessage: v.message, stackTrace: v.stack?.split('\n') } : typeof v === 'bigint' ? String(v) : v));
  } catch {
    return '';
  }
}

function patchConsole() {
  const methods = { log: 'INFO', trace: 'TRACE', debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' };
  for (const [name, level] of Object.entries(methods)) console[name] = (...args) => write(level, args);
}

function logError(text, error) {
  if (log.json) write('ERROR', [error]);
  else write('ERROR', [`${text} \t${toJson(describeForLog(error))}`]);
}

// The Runtime API over one connection, one request at a time

class Client {
  constructor(address) {
    this.address = address;
    this.rest = Buffer.alloc(0);
    this.waiting = null;
    const [host, port] = address.split(':');
    this.socket = net.connect({ host, port: Number(port), noDelay: true });
    this.socket.on('data', (data) => this.take(data));
    this.socket.on('close', () => process.exit(0));
    this.socket.on('error', () => process.exit(0));
  }

  take(data) {
    this.rest = this.rest.length ? Buffer.concat([this.rest, data]) : data;
    if (!this.waiting) return;
    const end = this.rest.indexOf('\r\n\r\n');
    if (end < 0) return;
    if (this.length === undefined) {
      const lines = this.rest.toString('utf8', 0, end).split('\r\n');
      this.status = Number(lines[0].split(' ')[1]);
      this.headers = {};
      for (const line of lines.slice(1)) {
        const colon = line.indexOf(':');
        this.headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
      }
      this.length = Number(this.headers['content-length'] || 0);
    }
    if (this.rest.length < end + 4 + this.length) return;
    const body = this.rest.subarray(end + 4, end + 4 + this.length);
    this.rest = this.rest.subarray(end + 4 + this.length);
    const { waiting, status, headers } = this;
    this.waiting = null;
    this.length = undefined;
    waiting({ status, headers, body });
  }

  send(method, route, body, headers = {}) {
    return new Promise((resolve) => {
      this.waiting = resolve;
      this.socket.ref();
      let head = `${method} /2018-06-01/runtime/${route} HTTP/1.1\r\nHost: ${this.address}\r\n`;
      for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`;
      if (body !== undefined) head += `Content-Length: ${Buffer.byteLength(body)}\r\n`;
      this.socket.write(`${head}\r\n`);
      if (body !== undefined && body.length) this.socket.write(body);
    });
  }

  // A response whose body is written piece by piece; resolves with the answer after endStream
  openStream(route, headers) {
    return new Promise((resolve) => {
      this.waiting = resolve;
      this.socket.ref();
      let head = `POST /2018-06-01/runtime/${route} HTTP/1.1\r\nHost: ${this.address}\r\nTransfer-Encoding: chunked\r\n`;
      for (const [name, value] of Object.entries({ ...headers, Trailer: `${ERROR_TYPE}, ${ERROR_BODY}` })) head += `${name}: ${value}\r\n`;
      this.socket.write(`${head}\r\n`);
    });
  }

  writeChunk(chunk, done) {
    if (!chunk.length) return done();
    this.socket.cork();
    this.socket.write(`${chunk.length.toString(16)}\r\n`);
    this.socket.write(chunk);
    this.socket.write('\r\n', () => done());
    this.socket.uncork();
  }

  endStream(trailers = {}) {
    let tail = '0\r\n';
    for (const [name, value] of Object.entries(trailers)) tail += `${name}: ${value}\r\n`;
    this.socket.write(`${tail}\r\n`);
  }

  next() {
    return this.send('GET', 'invocation/next');
  }

  postError(route, error) {
    const body = describe(error);
    return this.send('POST', route, toJson(body), { 'Content-Type': 'application/json', [ERROR_TYPE]: headerText(body.errorType) });
  }
}

// Finding the handler

async function loadHandler(root, name) {
  if (name.includes('..')) {
    throw new RuntimeError('Runtime.MalformedHandlerName', `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  }
  const base = path.basename(name);
  const folder = name.slice(0, name.length - base.length);
  const parts = /^([^.]*)\.(.*)$/.exec(base);
  if (!parts) throw new RuntimeError('Runtime.MalformedHandlerName', 'Bad handler');
  const userModule = await loadModule(root, folder, parts[1]);
  const handler = parts[2].split('.').reduce((value, key) => value?.[key], userModule);
  if (handler === undefined || handler === null) throw new RuntimeError('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw new RuntimeError('Runtime.HandlerNotFound', `${name} is not a function`);
  return handler;
}

async function loadModule(root, folder, module) {
  try {
    const stem = path.resolve(root, folder, module);
    for (const extension of ['', '.js', '.mjs', '.cjs']) {
      const file = stem + extension;
      if (fs.existsSync(file) && fs.statSync(file).isFile()) return await loadFile(file);
    }
    const request = module.startsWith('./') ? module : folder + module;
    return require(require.resolve(request, { paths: [root, path.resolve(root, folder)] }));
  } catch (error) {
    if (error instanceof SyntaxError) throw withStack('Runtime.UserCodeSyntaxError', error);
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') throw withStack('Runtime.ImportModuleError', error);
    throw error;
  }
}

async function loadFile(file) {
  if (file.endsWith('.mjs') || (file.endsWith('.js') && isModule(path.dirname(file)))) {
    const loaded = await import(pathToFileURL(file).href);
    return loaded.default && typeof loaded.default === 'object' ? { ...loaded.default, ...loaded } : loaded;
  }
  return require(file);
}

function isModule(folder) {
  for (let at = folder; ; at = path.dirname(at)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(at, 'package.json'), 'utf8')).type === 'module';
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') return false;
    }
    if (at === path.dirname(at) || at.endsWith('node_modules')) return false;
  }
}

function withStack(type, error) {
  const wrapped = new RuntimeError(type, String(error));
  wrapped.stack = `${type}: ${error.stack ?? error}`;
  return wrapped;
}

// Invocations

function makeContext(headers, finish) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const parse = (text) => (text ? JSON.parse(text) : undefined);
  return {
    callbackWaitsForEmptyEventLoop: true,
    succeed: (result) => finish(null, result, true),
    fail: (error) => finish(error ?? 'handled', undefined, true),
    done: (error, result) => finish(error, result, true),
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parse(headers['lambda-runtime-client-context']),
    identity: parse(headers['lambda-runtime-cognito-identity']),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

class Invocation {
  constructor(client, handler, { headers, body }) {
    Object.assign(this, { client, handler, headers, body });
    this.id = headers['lambda-runtime-aws-request-id'];
    this.over = new Promise((resolve) => (this.resolve = resolve));
    this.isOver = false;
    this.parked = null;
  }

  run() {
    log.requestId = this.id;
    log.tenantId = this.headers['lambda-runtime-aws-tenant-id'];
    if (this.headers['lambda-runtime-trace-id']) process.env._X_AMZN_TRACE_ID = this.headers['lambda-runtime-trace-id'];
    else delete process.env._X_AMZN_TRACE_ID;
    this.client.socket.unref(); // so that an empty event loop can be seen
    try {
      this.context = makeContext(this.headers, (error, result, now) => this.finish(error, result, now));
      const event = JSON.parse(this.body.toString('utf8'));
      if (this.handler[STREAMING]) this.stream(event);
      else this.call(event);
    } catch (error) {
      this.fail(error);
    }
    return this.over;
  }

  call(event) {
    const result = this.handler(event, this.context, (error, value) => this.finish(error, value, false));
    if (result !== undefined && result !== null && typeof result.then === 'function') {
      result.then((value) => this.succeed(value), (error) => this.fail(error));
    }
  }

  // A callback answers when the event loop is empty, unless the context says not to wait
  finish(error, value, isNow) {
    if (this.isOver || this.parked) return;
    const answer = () => (error !== undefined && error !== null ? this.fail(error) : this.succeed(value));
    if (isNow || this.context.callbackWaitsForEmptyEventLoop === false) setImmediate(answer);
    else this.parked = answer;
  }

  // The event loop is empty: nothing else will ever answer
  loopIsEmpty() {
    if (this.isOver) return;
    if (this.parked) this.parked();
    else this.succeed(null);
  }

  succeed(value) {
    if (this.isOver) return;
    let body;
    try {
      body = JSON.stringify(value === undefined ? null : value);
      if (body === undefined) body = 'null';
    } catch (error) {
      this.fail(new RuntimeError('Runtime.MarshalError', `Unable to stringify response body: ${error.message}`));
      return;
    }
    this.isOver = true;
    this.client.send('POST', `invocation/${this.id}/response`, body, { 'Content-Type': 'application/json' }).then(this.resolve);
  }

  fail(error) {
    if (this.isOver) return;
    this.isOver = true;
    logError('Invoke Error', error);
    this.client.postError(`invocation/${this.id}/error`, error).then(this.resolve);
  }

  // The response begins with the first write; until then the invocation can still fail as any other
  stream(event) {
    const { Writable } = require('stream');
    const begin = () => {
      if (this.sent) return;
      const headers = { 'Content-Type': this.contentType ?? 'application/octet-stream', 'Lambda-Runtime-Function-Response-Mode': 'streaming' };
      this.sent = this.client.openStream(`invocation/${this.id}/response`, headers);
    };
    const out = new Writable({
      highWaterMark: this.handler[HIGH_WATER_MARK],
      write: (chunk, encoding, done) => {
        if (this.isOver) return done();
        begin();
        this.client.writeChunk(chunk, done);
      },
      final: (done) => {
        if (!this.isOver) {
          begin();
          this.endStream();
        }
        done();
      },
    });
    out.setContentType = (type) => (this.contentType = headerText(String(type)));
    out.on('error', (error) => this.failStream(error));
    Promise.resolve(this.handler(event, out, this.context)).then(() => !out.writableEnded && out.end(), (error) => this.failStream(error));
  }

  endStream(trailers) {
    this.isOver = true;
    this.client.endStream(trailers);
    this.sent.then(this.resolve);
  }

  failStream(error) {
    if (this.isOver) return;
    if (!this.sent) {
      this.fail(error);
      return;
    }
    logError('Invoke Error', error);
    this.endStream(trailersOf(error));
  }
}

function trailersOf(error) {
  const body = describe(error);
  return { [ERROR_TYPE]: headerText(body.errorType), [ERROR_BODY]: Buffer.from(toJson(body)).toString('base64') };
}

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');

function provideGlobals() {
  globalThis.awslambda = {
    streamifyResponse: (handler, options) => {
      handler[STREAMING] = 'response';
      if (options?.highWaterMark !== undefined) handler[HIGH_WATER_MARK] = options.highWaterMark;
      return handler;
    },
    HttpResponseStream: {
      from: (stream, prelude) => {
        stream.setContentType('application/vnd.awslambda.http-integration-response');
        stream.write(JSON.stringify(prelude));
        stream.write(Buffer.alloc(8));
        return stream;
      },
    },
  };
}

// From start to end

let current = null; // the invocation that runs

function catchWhatNobodyCaught(client) {
  const die = (error, status) => {
    const route = current ? `invocation/${current.id}/error` : 'init/error';
    if (current?.isOver) process.exit(status);
    if (current?.sent) {
      current.endStream(trailersOf(error));
      current.sent.then(() => process.exit(status));
      return;
    }
    if (current) current.isOver = true;
    client.postError(route, error).then(() => process.exit(status));
  };
  process.on('uncaughtException', (error) => {
    logError('Uncaught Exception', error);
    die(error, FATAL_EXCEPTION);
  });
  process.on('unhandledRejection', (reason) => {
    const error = new RuntimeError('Runtime.UnhandledPromiseRejection', String(reason));
    error.reason = reason;
    error.promise = {};
    logError('Unhandled Promise Rejection', error);
    die(error, FATAL_REJECTION);
  });
  process.on('beforeExit', () => current?.loopIsEmpty());
}

function checkSignature(handler) {
  const major = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? '')?.[1] ?? 0);
  if (major >= 24 && handler.length >= 3 && !handler[STREAMING]) {
    throw new RuntimeError('Runtime.CallbackHandlerDeprecated', 'AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.');
  }
}

async function serve() {
  log.json = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
  if (log.json) log.least = LEVELS[process.env.AWS_LAMBDA_LOG_LEVEL] ?? LEVELS.TRACE;
  patchConsole();
  provideGlobals();
  const client = new Client(process.env.AWS_LAMBDA_RUNTIME_API);
  catchWhatNobodyCaught(client);
  let handler;
  try {
    handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER ?? '');
    checkSignature(handler);
  } catch (error) {
    logError('Uncaught Exception', error);
    await client.postError('init/error', error);
    process.exit(FATAL_INIT);
  }
  for (;;) {
    const request = await client.next();
    if (request.status !== 200) process.exit(1);
    current = new Invocation(client, handler, request);
    const answer = await current.run();
    current = null;
    if (answer.status >= 400 && answer.status !== 413) process.exit(1);
  }
}

function becomeFunction({ env, cwd, flags }) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  for (const flag of flags) require('v8').setFlagsFromString(flag);
  process.chdir(cwd);
  Module._initPaths(); // reads NODE_PATH
  serve();
}

if (process.argv[2] === 'spare') {
  // What most functions load, loaded before one is assigned
  for (const name of ['http', 'https', 'crypto', 'stream', 'zlib']) require(name);
  const pieces = [];
  process.stdin.on('data', (piece) => pieces.push(piece));
  process.stdin.on('end', () => becomeFunction(JSON.parse(Buffer.concat(pieces).toString())));
  process.argv.splice(2, 1);
} else {
  serve();
}
