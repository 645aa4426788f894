"""Sends the same messages through Obrii and through three chains that cities use; see README.md."""

import argparse
import collections
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).parent
POSTGRES = pathlib.Path("/usr/lib/postgresql/15/bin")
START_MAX_S = 120
# A chain to which nothing new comes for so long has lost the rest.
QUIET_S = 30
ASK_S = 0.1

Chain = collections.namedtuple("Chain", "title start")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def get(port, path, **parameters):
    query = urllib.parse.urlencode(parameters)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}?{query}", timeout=60) as answer:
        return answer.read().decode()


def eventually(what, is_true):
    end = time.monotonic() + START_MAX_S
    while not is_true():
        if time.monotonic() > end:
            raise RuntimeError(f"not within {START_MAX_S} s: {what}")
        time.sleep(0.05)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Stage:
    """A temporary folder and the processes of one chain; all of them end with it."""

    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="obrii-peers-"))
        self.processes = []

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, name, *command, **more):
        """Starts a program; what it says goes to a file of the folder."""
        with open(self.folder / f"{name}.log", "w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [str(part) for part in command], stdout=log, stderr=log, **more
            )
        self.processes.append(process)
        return process

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def mosquitto(self):
        """Mosquitto as installed, but for its queue: what waits for a slow chain is not dropped."""
        port = free_port()
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
            "log_dest stderr\nlog_type error\nlog_type subscribe\n",
            encoding="utf-8",
        )
        self.run("mosquitto", "/usr/sbin/mosquitto", "-c", config)
        eventually("mosquitto listens", lambda: listens(port))
        return port

    def has_subscriber(self):
        return "obrii/v1/" in self.log("mosquitto")


def postgres(stage, broker):
    """PostgreSQL with its own settings: every commit waits for the disk."""
    port = free_port()
    # PostgreSQL does not run as root.
    user = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    if user:
        stage.folder.chmod(0o755)
        data = stage.folder / "postgres"
        data.mkdir()
        shutil.chown(data, "postgres", "postgres")
    else:
        data = stage.folder / "postgres"
    initialise = [POSTGRES / "initdb", "-D", data, "-U", "peer", "-A", "trust", "-E", "UTF8"]
    subprocess.run(
        [str(part) for part in initialise],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
        **user,
    )
    stage.run(
        "postgres", POSTGRES / "postgres", "-D", data, "-p", port, "-h", "127.0.0.1", "-k", data,
        cwd="/", **user,
    )
    import psycopg  # in the environment that run.sh makes

    def connect():
        return psycopg.connect(
            host="127.0.0.1", port=port, user="peer", dbname="postgres", autocommit=True
        )

    def answers():
        try:
            connect().close()
        except psycopg.OperationalError:
            return False
        return True

    eventually("PostgreSQL answers", answers)
    asking = connect()
    asking.execute(
        "create table reading (device text, time timestamptz, pm25 double precision, "
        "pm10 double precision, temperature double precision, humidity double precision, "
        "primary key (device, time))"
    )
    stage.run("script", sys.executable, HERE / "to_postgres.py", broker, port)
    return lambda: asking.execute("select count(*) from reading").fetchone()[0]


def influx(stage, broker):
    """InfluxDB as installed, but for its folders and ports; Node-RED as installed by npm."""
    port, rpc, editor = free_port(), free_port(), free_port()
    config = stage.folder / "influxdb.conf"
    folder = stage.folder / "influx"
    config.write_text(
        f'reporting-disabled = true\nbind-address = "127.0.0.1:{rpc}"\n'
        f'[meta]\ndir = "{folder}/meta"\n'
        f'[data]\ndir = "{folder}/data"\nwal-dir = "{folder}/wal"\n'
        f'[http]\nbind-address = "127.0.0.1:{port}"\nlog-enabled = false\n',
        encoding="utf-8",
    )
    stage.run("influxd", "/usr/bin/influxd", "-config", config)
    eventually("InfluxDB listens", lambda: listens(port))
    create = urllib.parse.urlencode({"q": "create database peer"}).encode()
    urllib.request.urlopen(f"http://127.0.0.1:{port}/query", create, timeout=60).close()

    modules = stage.options.node_modules
    user_folder = stage.folder / "node-red"
    user_folder.mkdir()
    (user_folder / "node_modules").symlink_to(modules.resolve())
    # Node-RED looks for further nodes by the dependencies of its user folder.
    (user_folder / "package.json").write_text(
        '{"name": "peer", "dependencies": {"node-red-contrib-influxdb": "*"}}', encoding="utf-8"
    )
    flow = subprocess.run(
        ["node", str(HERE / "flow.js"), str(broker), str(port)],
        check=True, capture_output=True, text=True,
    ).stdout
    (user_folder / "flows.json").write_text(flow, encoding="utf-8")
    stage.run(
        "node-red", "node", modules / "node-red" / "red.js", "--userDir", user_folder,
        "--port", editor, user_folder / "flows.json",
    )

    def count():
        answer = json.loads(get(port, "/query", db="peer", q="select count(pm25) from reading"))
        series = answer["results"][0].get("series")
        return series[0]["values"][0][1] if series else 0

    return count


def victoria(stage, broker):
    """VictoriaMetrics as installed; a query sees what was stored a moment ago."""
    port = free_port()
    stage.run(
        "victoria-metrics", "/usr/bin/victoria-metrics",
        f"-storageDataPath={stage.folder}/victoria", f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=12", "-search.latencyOffset=0s", "-search.disableCache",
    )
    eventually("VictoriaMetrics listens", lambda: listens(port))
    stage.run("script", sys.executable, HERE / "to_victoria.py", broker, port)

    def count():
        query = "sum(count_over_time(pm25[3d]))"
        found = json.loads(get(port, "/api/v1/query", query=query, nocache=1))["data"]["result"]
        return int(found[0]["value"][1]) if found else 0

    return count


CHAINS = {
    "postgres": Chain("Mosquitto → paho → PostgreSQL 15", postgres),
    "influx": Chain("Mosquitto → Node-RED → InfluxDB 1.6", influx),
    "victoria": Chain("Mosquitto → paho → VictoriaMetrics", victoria),
}


def last_line(options, *arguments):
    """The figures of a mode of `obrii bench`."""
    command = [options.obrii, "bench", *arguments, "--connections", str(options.connections)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure_obrii(options, *road):
    report = last_line(options, "ingest", *road, "--seconds", str(options.seconds))
    if report["missing"]:
        raise RuntimeError(f"{report['missing']} messages are missing: {report}")
    return {
        "messages_per_s": report["messages_per_s"],
        "sent": report["acked"],
        "stored": report["stored"],
    }


def measure(options, name):
    with Stage(options) as stage:
        broker = stage.mosquitto()
        count = CHAINS[name].start(stage, broker)
        eventually(f"the {name} chain subscribes", stage.has_subscriber)
        began = time.monotonic()
        publisher = subprocess.Popen(
            [
                options.obrii, "bench", "publish", "--broker", f"127.0.0.1:{broker}",
                "--connections", str(options.connections), "--messages", str(options.messages),
            ],
            stdout=subprocess.PIPE, text=True,
        )
        stage.processes.append(publisher)
        sent, known, seen = None, 0, began
        while sent is None or (known < sent and time.monotonic() - seen < QUIET_S):
            if sent is None and publisher.poll() is not None:
                sent = json.loads(publisher.stdout.read().splitlines()[-1])["acked"]
            now_known = count()
            if now_known > known:
                known, seen = now_known, time.monotonic()
            time.sleep(ASK_S)
        return {"messages_per_s": known / (seen - began), "sent": sent, "stored": known}


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--obrii", required=True, help="the binary")
    parser.add_argument("--node-modules", type=pathlib.Path, required=True)
    parser.add_argument("--messages", type=int, default=20_000, help="messages to each chain")
    parser.add_argument("--connections", type=int, default=1_000)
    parser.add_argument("--seconds", type=int, default=8, help="how long Obrii is measured")
    parser.add_argument("--only", choices=CHAINS, action="append", help="only these chains")
    return parser.parse_args()


def main():
    options = parse()
    figures = {
        "obrii": measure_obrii(options),
        "obrii_source": measure_obrii(options, "--source"),
    }
    for name in options.only or CHAINS:
        figures[name] = measure(options, name)
    titles = {"obrii": "Obrii", "obrii_source": "Mosquitto → Obrii"}
    print(f"{'chain':40} {'messages/s':>12} {'stored':>9} of {'sent':>9} {'Obrii is':>9}")
    for name, figure in figures.items():
        speed = max(figure["messages_per_s"], 1e-9)
        if name in CHAINS:
            figure["ratio"] = figures["obrii"]["messages_per_s"] / speed
            figure["source_ratio"] = figures["obrii_source"]["messages_per_s"] / speed
        title = titles.get(name) or CHAINS[name].title
        ratio = f"{figure['ratio']:.1f} ×" if "ratio" in figure else ""
        print(
            f"{title:40} {speed:12.0f} {figure['stored']:9} of {figure['sent']:9} {ratio:>9}"
        )
    print(json.dumps(figures))


main()
