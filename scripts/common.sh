# shellcheck shell=bash
# Sourced by the scripts beside it: what they say, and how they use the machine's package manager.

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

# fail MESSAGE [HINT]
fail() {
  say "error: $1"
  [[ -z ${2:-} ]] || printf '  hint: %s\n' "$2" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

is_root() { [[ $EUID -eq 0 ]]; }

# os_release KEY, as in `os_release VERSION_CODENAME` -> bookworm
os_release() { (. /etc/os-release && printf '%s' "${!1:-}") 2>/dev/null || true; }

# The URL that this machine's own Debian packages come from, whatever the file and format that configures it; empty where apt knows none.
package_mirror() {
  local url
  # shellcheck disable=SC2016  # $(RELEASE) is for apt to expand
  url=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -v suite="$(os_release VERSION_CODENAME)" '$1 == suite { url = url ? url : $2 } END { print url }')
  # cloud images list their mirrors in a file, which apt reads and debootstrap does not
  [[ $url != mirror+file:* ]] || url=$(awk '/^[a-z]/ { print $1; exit }' "/${url#mirror+file:*/}")
  printf '%s' "$url"
}

# apt_get COMMAND..., waiting for another apt to finish; its chatter is shown only where it failed
apt_get() {
  local output
  output=$(DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 "$@" 2>&1) && return
  printf '%s\n' "$output" | tail -n 20 >&2
  return 1
}

# Once per script: lists that are stale, or missing on a fresh machine, make every install fail.
apt_update() { apt_get update || say "apt-get update failed; trying with the package lists that are there"; }
