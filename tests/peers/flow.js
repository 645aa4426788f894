// From Mosquitto to InfluxDB with Node-RED: the flow, printed as JSON for two ports.
//   node flow.js BROKER_PORT DATABASE_PORT > flows.json

const [broker, database] = process.argv.slice(2).map(Number);

const toPoint = `
const reading = msg.payload;
msg.measurement = 'reading';
msg.payload = [
  { ...reading.values, time: new Date(reading.ts) },
  { device: msg.topic.split('/')[4] },
];
return msg;
`;

const flow = [
  { id: 'tab', type: 'tab', label: 'telemetry' },
  {
    id: 'broker',
    type: 'mqtt-broker',
    broker: '127.0.0.1',
    port: broker,
    clientid: 'peer',
    cleansession: false,
    protocolVersion: 4,
    keepalive: 60,
  },
  {
    id: 'in',
    z: 'tab',
    type: 'mqtt in',
    broker: 'broker',
    topic: 'obrii/v1/+/+/+/telemetry',
    qos: '1',
    datatype: 'json',
    wires: [['point']],
  },
  { id: 'point', z: 'tab', type: 'function', func: toPoint, outputs: 1, wires: [['out']] },
  {
    id: 'influx',
    type: 'influxdb',
    hostname: '127.0.0.1',
    port: database,
    protocol: 'http',
    database: 'peer',
    influxdbVersion: '1.x',
  },
  {
    id: 'out',
    z: 'tab',
    type: 'influxdb out',
    influxdb: 'influx',
    measurement: '',
    precision: 'ms',
    influxdbVersion: '1.x',
    wires: [],
  },
];

console.log(JSON.stringify(flow));
