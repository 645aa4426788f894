"""From Mosquitto to VictoriaMetrics: one import request a message, over one kept connection."""

import http.client

import telemetry


def main():
    broker, database = telemetry.arguments()
    connection = http.client.HTTPConnection("127.0.0.1", database)

    def store(device, time_ms, values):
        lines = (f'{name}{{device="{device}"}} {value} {time_ms}' for name, value in values.items())
        connection.request("POST", "/api/v1/import/prometheus", "\n".join(lines))
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"VictoriaMetrics answers {answer.status}")

    telemetry.forward(broker, store)


main()
