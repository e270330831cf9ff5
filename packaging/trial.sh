# shellcheck shell=bash
# Sourced by the scripts here that try what was built: says what is tried, and ends a trial with the first thing that is not so.

# The processes that a trial started, to be ended with it.
pids=()
end_processes() {
    local pid
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}

step() { printf '\n== %s\n' "$*"; }
fail() {
    echo "$*"
    exit 1
}
must() { "$@" || fail "not so: $*"; }
until_so() { # SECONDS COMMAND…
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || fail "not in time: $*"
        sleep 0.5
    done
}
fetch() { curl --silent --fail --max-time 5 "$@"; }
metric() { # NAME: the sum of its samples; the trial says by the variable api where the agent's API is
    fetch "http://127.0.0.1:${api:?}/metrics" | awk -v name="$1" '$1 ~ "^" name "([{]|$)" { sum += $NF } END { print sum + 0 }'
}
