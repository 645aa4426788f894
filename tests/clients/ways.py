"""Ways to the platform: clients that others wrote, each waiting until it is acknowledged."""

import itertools
import socket
import subprocess

from paho.mqtt import client as mqtt

DEADLINE_S = 60
# Another client for each message: who comes back at once may be told to try again.
CLIENTS = itertools.count()


def mosquitto_pub(port, user, token, topic, payload):
    """Mosquitto's client: MQTT 3.1.1, QoS 1; it ends well only after the PUBACK."""
    login = ["-i", f"{user}-pub-{next(CLIENTS)}", "-u", user, "-P", token]
    subprocess.run(
        ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(port), "-q", "1", *login, "-t", topic, "-s"],
        input=payload,
        check=True,
        timeout=DEADLINE_S,
    )


class Paho:
    """A connection of paho-mqtt: MQTT 5, QoS 1."""

    def __init__(self, port, user, token):
        self.client = mqtt.Client(client_id=f"{user}-paho", protocol=mqtt.MQTTv5)
        self.client.username_pw_set(user, token)
        self.client.connect("127.0.0.1", port, keepalive=60)
        self.client.loop_start()

    def publish(self, topic, payload, qos=1):
        sent = self.client.publish(topic, payload, qos=qos)
        sent.wait_for_publish(DEADLINE_S)
        assert sent.is_published(), f"no PUBACK for {topic}"

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def curl(url, payload, headers, login=None):
    """Posts; the status of the answer."""
    command = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]
    command += ["--max-time", str(DEADLINE_S), "--data-binary", "@-"]
    for header in headers:
        command += ["--header", header]
    if login:
        command += ["--user", ":".join(login)]
    answer = subprocess.run([*command, url], input=payload, check=True, capture_output=True)
    return int(answer.stdout)


class Tracker:
    """A tracker's connection, byte for byte."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)

    def ask(self, data, answer):
        """Sends, and expects this answer."""
        self.socket.sendall(data)
        got = b""
        while len(got) < len(answer):
            more = self.socket.recv(len(answer) - len(got))
            assert more, f"closed after {got!r} instead of {answer!r}"
            got += more
        assert got == answer, f"{got!r} instead of {answer!r}"

    def close(self):
        self.socket.close()
