#!/bin/sh
# Makes sure that a real ZooKeeper (3.8, with Java) is on this machine for the tests. Does nothing when it is.
set -eu

is_there() {
  command -v java >/dev/null 2>&1 && [ -e /usr/share/java/zookeeper.jar ] && [ -e /usr/share/java/zookeeper-jute.jar ]
}

if is_there; then exit 0; fi

if ! command -v apt-get >/dev/null 2>&1; then
  echo "The tests need a real ZooKeeper in /usr/share/java, and Java." >&2
  echo "On Debian or Ubuntu: apt-get install zookeeper default-jre-headless" >&2
  exit 1
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root='sudo -n'
  else
    echo "The tests need a real ZooKeeper and Java. Run as root:" >&2
    echo "  apt-get update && apt-get install --no-install-recommends zookeeper default-jre-headless" >&2
    exit 1
  fi
fi

echo "Installing ZooKeeper for the tests" >&2
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends zookeeper default-jre-headless >&2

if ! is_there; then
  echo "zookeeper and default-jre-headless are installed, but java or /usr/share/java/zookeeper.jar is missing" >&2
  exit 1
fi
