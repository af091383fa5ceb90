#!/usr/bin/env bash
# Starts a node of CoreCache, and installs and builds it first where that is needed. docs/operations.md has more.
set -euo pipefail

# shellcheck source=scripts/prepare.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/prepare.sh"
root=$(find_root "${BASH_SOURCE[0]}")
run_directory=$root/data/run
READY_SECONDS_MAX=${CORECACHE_START_SECONDS:-120}

usage() {
  cat <<'TEXT'
usage: start_server.sh [options]

  --zooKeeperHost H    one ZooKeeper host, or an ensemble as h1:p1,h2:p2; without it the node runs alone
  --zooKeeperPort P    port of the hosts given without one (2181)
  --port N             port, or range of ports of which the first free one is taken (8080-8099); 0: any free one
  --host A             address to listen on (127.0.0.1)
  --dataDirectory D    where the data is kept (data/node, and data/node-<port> with --port, in this folder)
  --config F           settings file (settings.toml in this folder)
  --foreground         stay in the foreground; the log goes to the terminal
  --help               this text

Every other flag of `corecache serve` is passed on: node dist/cli/main.js serve --help lists them.
Returns when the node is ready, or with its reason when it cannot start.
TEXT
}

port='' config='' data_directory='' is_foreground=false
passed=()
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --foreground) is_foreground=true; shift; continue ;;
    --*=*) name=${1%%=*} value=${1#*=}; shift ;;
    --*)
      [ $# -ge 2 ] || fail "$1 needs a value (--help has all options)"
      name=$1 value=$2
      shift 2
      ;;
    *) fail "unexpected argument $1 (--help has all options)" ;;
  esac
  case $name in
    --port) port=$value ;;
    --config) config=$value ;;
    --dataDirectory) data_directory=$value ;;
  esac
  passed+=("$name" "$value")
done

require_node
prepare

if [ -z "$config" ] && [ -z "${CORECACHE_CONFIG:-}" ]; then
  passed+=(--config "$root/settings.toml")
  # Two nodes on one host never share files: a node with a port of its own has a directory of its own.
  if [ -z "$data_directory" ] && [ -z "${CORECACHE_DATA_DIRECTORY:-}" ]; then
    case $port in *[!0-9]* | '' | 0) ;; *) passed+=(--dataDirectory "$root/data/node-$port") ;; esac
  fi
fi

if $is_foreground; then
  exec node "$root/dist/cli/main.js" serve "${passed[@]}"
fi

mkdir -p "$run_directory"
starting=$(mktemp "$run_directory/starting.XXXXXX")
ready=$starting.ready
node_log=$starting.log
: >"$node_log"
nohup node "$root/dist/cli/main.js" serve "${passed[@]}" --readyFile "$ready" </dev/null >>"$node_log" 2>&1 &
pid=$!
clean_up() { rm -f "$starting" "$ready" "$ready.tmp"; }
trap clean_up EXIT

tell_why() {
  say "error: $1"
  say "--- the last lines of its log ---"
  tail -n 15 "$node_log" >&2
  rm -f "$node_log"
  exit 1
}

ticks=0
until [ -e "$ready" ]; do
  if ! kill -0 "$pid" 2>/dev/null; then
    status=0
    wait "$pid" || status=$?
    tell_why "the node ended with exit code $status before it was ready"
  fi
  if [ "$ticks" -ge $((READY_SECONDS_MAX * 10)) ]; then
    kill "$pid" 2>/dev/null || true
    tell_why "the node was not ready within $READY_SECONDS_MAX seconds, and was told to stop"
  fi
  ticks=$((ticks + 1))
  sleep 0.1
done

fact() { node -p 'JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"))[process.argv[2]]' "$ready" "$1"; }
url=$(fact url)
used_directory=$(fact dataDirectory)
used_port=${url##*:}
log=$run_directory/$used_port.log
pid_file=$run_directory/$used_port.pid
[ ! -e "$log" ] || mv "$log" "$log.1"
# The node goes on writing to it under its new name.
mv "$node_log" "$log"
printf '%s\n' "$pid" >"$pid_file.$$"
mv "$pid_file.$$" "$pid_file"

cat <<TEXT
CoreCache is ready
  url   $url
  data  $used_directory
  log   $log
  pid   $pid_file ($pid)
TEXT
