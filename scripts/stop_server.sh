#!/usr/bin/env bash
# Stops the nodes that start_server.sh started in this folder: the one on a port, or all. docs/operations.md has more.
set -euo pipefail

# shellcheck source=scripts/prepare.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/prepare.sh"
root=$(find_root "${BASH_SOURCE[0]}")
run_directory=$root/data/run
# Longer than a node waits for requests in flight.
STOP_SECONDS_MAX=${CORECACHE_STOP_SECONDS:-60}

port=''
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h)
      echo "usage: stop_server.sh [--port N]      without a port: all nodes of this folder"
      exit 0
      ;;
    --port=*) port=${1#*=}; shift ;;
    --port)
      [ $# -ge 2 ] || fail "--port needs a value"
      port=$2
      shift 2
      ;;
    *) fail "unexpected argument $1; usage: stop_server.sh [--port N]" ;;
  esac
done
case $port in *[!0-9]*) fail "--port: $port is not a port" ;; esac

stop_node() {
  local pid_file=$1 node_port pid ticks=0
  node_port=$(basename -- "$pid_file" .pid)
  pid=$(cat -- "$pid_file")
  case $pid in '' | *[!0-9]*) fail "$pid_file holds no process id" ;; esac
  if ! is_our_node "$pid"; then
    echo "the node on port $node_port had ended already"
    rm -f -- "$pid_file"
    return
  fi
  kill -TERM "$pid"
  while is_our_node "$pid"; do
    if [ "$ticks" -ge $((STOP_SECONDS_MAX * 10)) ]; then
      say "the node on port $node_port (pid $pid) did not end within $STOP_SECONDS_MAX seconds: killing it"
      kill -KILL "$pid" 2>/dev/null || true
      # What it acknowledged is in its log; the next start finds it there.
      while is_our_node "$pid"; do sleep 0.1; done
      break
    fi
    ticks=$((ticks + 1))
    sleep 0.1
  done
  rm -f -- "$pid_file"
  echo "stopped the node on port $node_port"
}

if [ -n "$port" ]; then
  [ -e "$run_directory/$port.pid" ] || fail "no node was started on port $port: there is no $run_directory/$port.pid"
  stop_node "$run_directory/$port.pid"
  exit 0
fi
found=false
for pid_file in "$run_directory"/*.pid; do
  [ -e "$pid_file" ] || continue
  found=true
  stop_node "$pid_file"
done
$found || echo "no node is running"
