#!/bin/sh
# Runs Mosquitto, and has it read its lists again when the fleet has written new ones: the services cannot send it a signal
# from their containers.
set -u
conf=${1:-/etc/mosquitto/fulmar}
binary=${MOSQUITTO:-mosquitto}

lists() { cat "$conf/acl" "$conf/crl.pem" 2>/dev/null | cksum; }

now=$(lists)
"$binary" -c "$conf/mosquitto.conf" &
broker=$!
trap 'kill -TERM "$broker" 2>/dev/null' TERM INT
while kill -0 "$broker" 2>/dev/null; do
    sleep "${EVERY:-2}" &
    wait $!
    next=$(lists)
    if [ "$next" != "$now" ]; then
        now=$next
        kill -HUP "$broker"
    fi
done
wait "$broker"
