"""A Sparkplug B edge node by pysparkplug: births with aliases, data by alias, the answer to a
rebirth request, death."""

import threading

import pysparkplug as spb

from ways import DEADLINE_S


class Edge(spb.EdgeNode):
    """One node with one device; the values of its metrics are doubles."""

    def __init__(self, port, user, token, group, node, device, names):
        client = spb.Client(client_id=f"{user}-edge", username=user, password=token)
        super().__init__(group, node, (), client=client, cmd_callback=Edge.hear)
        self.device = device
        self.aliases = {name: alias for alias, name in enumerate(names, start=1)}
        self.born = threading.Event()
        self.reborn = threading.Event()
        self.register(spb.Device(device, self.born_metrics()))
        self.connect("127.0.0.1", port=port)
        assert self.born.wait(DEADLINE_S), "never connected"

    def _setup_will(self):
        """The library prepares the next connection's will right after the births of this one."""
        if hasattr(self, "_bd_seq_metric"):
            self.session_metric = self._bd_seq_metric
            self.born.set()
        super()._setup_will()

    def born_metrics(self):
        """Every metric with its name and alias, and no value yet."""
        now = spb.get_current_timestamp()
        return [
            spb.Metric(
                timestamp=now,
                name=name,
                datatype=spb.DataType.DOUBLE,
                value=None,
                is_null=True,
                alias=alias,
            )
            for name, alias in self.aliases.items()
        ]

    def topic(self, kind, device=None):
        return spb.Topic(
            message_type=kind,
            group_id=self.group_id,
            edge_node_id=self.edge_node_id,
            device_id=device,
        )

    def say(self, topic, payload, has_types):
        message = spb.Message(topic=topic, payload=payload, qos=spb.QoS.AT_MOST_ONCE, retain=False)
        self._client.publish(message, include_dtypes=has_types)

    def update(self, at, values, lost=0):
        """Data by alias alone; `lost` messages before it never left the node."""
        for _ in range(lost):
            _ = self._seq
        metrics = [
            spb.Metric(
                timestamp=at,
                name=None,
                datatype=spb.DataType.DOUBLE,
                value=value,
                alias=self.aliases[name],
            )
            for name, value in values.items()
        ]
        payload = spb.DData(timestamp=at, seq=self._seq, metrics=tuple(metrics))
        self.say(self.topic(spb.MessageType.DDATA, self.device), payload, has_types=False)

    def hear(self, message):
        """A host asks for the births."""
        asked = {metric.name: metric.value for metric in message.payload.metrics}
        assert asked == {"Node Control/Rebirth": True}, asked
        now = spb.get_current_timestamp()
        # The birth numbers anew from 0, and bears the session's number.
        self._EdgeNode__seq_cycler = iter(range(256))
        node = spb.NBirth(timestamp=now, seq=self._seq, metrics=(self.session_metric,))
        self.say(self.topic(spb.MessageType.NBIRTH), node, has_types=True)
        device = spb.DBirth(timestamp=now, seq=self._seq, metrics=tuple(self.born_metrics()))
        self.say(self.topic(spb.MessageType.DBIRTH, self.device), device, has_types=True)
        self.reborn.set()

    def say_bytes(self, payload):
        """Something that is no payload, on the device's topic."""
        topic = str(self.topic(spb.MessageType.DDATA, self.device))
        self._client._client.publish(topic, payload, qos=0)

    def die(self):
        """Says its death as its will would, and stays connected."""
        now = spb.get_current_timestamp()
        death = spb.NDeath(timestamp=now, bd_seq_metric=self.session_metric)
        self.say(self.topic(spb.MessageType.NDEATH), death, has_types=True)

    def close(self):
        self._client.disconnect()
