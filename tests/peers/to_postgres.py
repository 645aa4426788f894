"""From Mosquitto to PostgreSQL: one row a message, committed."""

import psycopg

import telemetry

INSERT = """
insert into reading (device, time, pm25, pm10, temperature, humidity)
values (%s, to_timestamp(%s / 1000.0), %s, %s, %s, %s)
on conflict do nothing
"""


def main():
    broker, database = telemetry.arguments()
    connection = psycopg.connect(
        host="127.0.0.1", port=database, user="peer", dbname="postgres", autocommit=True
    )

    def store(device, time_ms, values):
        fields = (values["pm25"], values["pm10"], values["temperature"], values["humidity"])
        connection.execute(INSERT, (device, time_ms, *fields))

    telemetry.forward(broker, store)


main()
