# Shared by the scripts beside it, and sourced by them: where things are, and making sure that they are there.
# shellcheck shell=bash

NODE_VERSION_MIN=20.19.0

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

# The folder of the checkout, or of the unpacked release, whichever folder the caller is in and through whichever link.
find_root() {
  local source=$1 directory
  while [ -L "$source" ]; do
    directory=$(cd -P -- "$(dirname -- "$source")" && pwd)
    source=$(readlink -- "$source")
    case $source in /*) ;; *) source=$directory/$source ;; esac
  done
  (cd -P -- "$(dirname -- "$source")/.." && pwd)
}

require_node() {
  command -v node >/dev/null 2>&1 || fail "Node.js $NODE_VERSION_MIN or newer is needed, and there is no node in PATH: https://nodejs.org"
  local version
  version=$(node -p process.versions.node)
  node -e '
    const [have, need] = process.argv.slice(1).map((text) => text.split(".").map(Number));
    const at = have.findIndex((part, index) => part !== need[index]);
    process.exit(at < 0 || have[at] > need[at] ? 0 : 1);
  ' "$version" "$NODE_VERSION_MIN" || fail "Node.js $NODE_VERSION_MIN or newer is needed; this is $version ($(command -v node))"
}

# An unpacked release has no source: it is complete as it is.
is_release() { [ ! -d "$root/src" ]; }

is_installed() {
  # Packages behind a link are another folder's to look after: npm ci would empty that folder.
  [ ! -L "$root/node_modules" ] || return 0
  [ -e "$root/node_modules/.package-lock.json" ] &&
    [ ! "$root/package-lock.json" -nt "$root/node_modules/.package-lock.json" ]
}

is_built() {
  [ "${CORECACHE_SKIP_BUILD:-}" != 1 ] || return 0
  [ -e "$root/dist/.built" ] &&
    [ -z "$(find "$root/src" "$root/tsconfig.json" "$root/tsconfig.build.json" -newer "$root/dist/.built" -print | head -n 1)" ]
}

# One at a time: several nodes may be started at the same moment. A directory is made in one step; the lock of a process
# that is gone is put aside by renaming, which only one of those who wait can do.
lock_preparation() {
  local lock=$root/data/run/preparing.lock holder waited=0
  mkdir -p "$root/data/run"
  until mkdir "$lock" 2>/dev/null; do
    holder=$(cat "$lock/pid" 2>/dev/null || true)
    if { [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; } || { [ -z "$holder" ] && [ "$waited" -ge 50 ]; }; then
      mv "$lock" "$lock.stale.$$" 2>/dev/null && rm -rf "$lock.stale.$$"
      waited=0
      continue
    fi
    [ "$waited" -ne 0 ] || say "waiting for another start that installs or builds"
    waited=$((waited + 1))
    sleep 0.2
  done
  echo $$ >"$lock/pid"
}

unlock_preparation() { rm -rf "$root/data/run/preparing.lock"; }

install_packages() {
  is_installed && return
  command -v npm >/dev/null 2>&1 || fail "npm is needed to install packages; it comes with Node.js"
  say "installing packages (npm ci)"
  (cd "$root" && npm ci --no-audit --no-fund >&2) || fail "npm ci failed"
}

build() {
  is_built && return
  say "building"
  # Older than what is built, so that a file changed meanwhile is built next time.
  local begun=$root/data/run/build-begun.$$
  : >"$begun"
  (cd "$root" && node node_modules/typescript/bin/tsc -p tsconfig.build.json >&2) || {
    rm -f "$begun"
    fail "the build failed"
  }
  chmod +x "$root/dist/cli/main.js"
  mv "$begun" "$root/dist/.built"
}

# Installs and builds what is missing or out of date. Needs $root.
prepare() {
  if is_release; then
    [ -e "$root/dist/cli/main.js" ] || fail "$root is no checkout and no release: it has neither src nor dist"
    return
  fi
  if is_installed && is_built; then return; fi
  lock_preparation
  trap unlock_preparation EXIT
  install_packages
  build
  unlock_preparation
  trap - EXIT
}

# True while the process is a node of this folder: the number of one that has ended may be given to any other.
is_our_node() {
  local pid=$1 command
  kill -0 "$pid" 2>/dev/null || return 1
  command=$(ps -o stat= -o args= -p "$pid" 2>/dev/null || tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null || true)
  case $command in
    Z*) return 1 ;;
    *"$root/dist/cli/main.js serve"*) return 0 ;;
    *) return 1 ;;
  esac
}
