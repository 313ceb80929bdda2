#!/bin/sh
# Installs what this host lacks of the Debian packages that a purpose needs, and nothing else.
#
#   tests/deps.sh build|check|demo|bench ...   install the missing packages of these purposes
#   tests/deps.sh lists PACKAGE ...            only make sure that apt knows these packages
#   tests/deps.sh update                       only fetch apt's lists
#
# What apt will do is printed before it does it. None of these packages holds a service, and
# needrestart is kept from restarting those of the host. The BGP daemons that the tests talk to
# are never installed: see tests/peers.sh.
set -eu

build="gcc libc6-dev make autoconf pkgconf check libevent-dev libyaml-dev libssl-dev
    libjansson-dev libxxhash-dev libseccomp-dev zlib1g-dev"
demo="iproute2 util-linux python3 zlib1g-dev"
check="$demo clang clang-format libclang-rt-14-dev python3-pytest procps"
bench="$demo"

say() {
	echo "deps: $*"
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 "$@"
	elif command -v sudo >/dev/null; then
		sudo env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 "$@"
	else
		say "neither root nor sudo is there; as root, run: $*" >&2
		exit 1
	fi
}

is_installed() {
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# apt's lists are fetched when one of the packages is unknown, as in a fresh container.
know() {
	for package; do
		if [ -z "$(apt-cache show "$package" 2>/dev/null)" ]; then
			say "apt does not know $package yet: apt-get update"
			as_root apt-get -q update
			return
		fi
	done
}

install() {
	know "$@"
	plan=$(apt-get -s -q --no-install-recommends install "$@" | awk '
	    $1 == "Inst" && $3 ~ /^\[/ { old = old " " $2 }
	    $1 == "Inst" && $3 !~ /^\[/ { new = new " " $2 }
	    $1 == "Remv" { gone = gone " " $2 }
	    END { if (new) print "will be installed:" new; if (old) print "will be upgraded:" old
		if (gone) print "would be removed:" gone }')
	echo "$plan" | sed 's/^/deps: /'
	case $plan in
	*"would be removed:"*)
		say "removing packages of this host is not for us to do; install by hand: $*" >&2
		exit 1
		;;
	esac
	# A list of last month names files that the mirror no longer has: fetch it and try again.
	as_root apt-get -q -y --no-install-recommends install "$@" || {
		as_root apt-get -q update
		as_root apt-get -q -y --no-install-recommends install "$@"
	}
}

if ! command -v apt-get >/dev/null; then
	say "no apt-get here: these Debian packages or their likes are needed: $build $check"
	exit 0
fi

missing=
for purpose; do
	case $purpose in
	build | check | demo | bench) eval "packages=\$$purpose" ;;
	lists)
		shift
		know "$@"
		exit 0
		;;
	update)
		as_root apt-get -q update
		exit 0
		;;
	*)
		sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
		exit 2
		;;
	esac
	for package in $packages; do
		is_installed "$package" || missing="$missing $package"
	done
done
[ -z "$missing" ] || install $missing
