#!/bin/sh
# Puts the BGP daemons of Debian that the tests speak to under build/peers, without installing
# them: packages are downloaded, with the libraries this host lacks, and unpacked. No maintainer
# script runs, no user is made, no service exists. A second run finds its stamp and returns.
#
#   build/peers/root/          the packages' files: usr/sbin, usr/lib/frr, usr/share, ...
#   build/peers/bin/NAME       starts the program of the root; exec'd, so its pid is the daemon's
#   build/peers/lib            where the unpacked libraries are: a link into the root
#   build/peers/versions       one line a program: NAME and what it says its version is
#
# Programs and how the tests start them in the foreground; DIR is a folder of the test's own:
#
#   bird       bird -f -c DIR/bird.conf -s DIR/bird.ctl -P DIR/bird.pid;  birdc -s DIR/bird.ctl
#   FRR        frr-bgpd -S -Z -n -f DIR/bgpd.conf -i DIR/bgpd.pid --vty_socket DIR -z DIR/zserv
#              -P 0 -l ADDRESS;  vtysh --vty_socket DIR -c "show bgp summary"
#              (-S: no frr user needed; -Z: without zebra; -A ADDRESS -P PORT for telnet)
#              frr-zebra takes the same -S -f -i --vty_socket -z
#   OpenBGPD   openbgpd -d -f DIR/bgpd.conf; the file must say `socket "DIR/bgpd.sock"`, be owned
#              by the user and not be readable by others;  bgpctl -s DIR/bgpd.sock show
#              (root only: it drops to a user _openbgpd, which exists in a mount namespace alone)
#   GoBGP      gobgpd -f DIR/gobgpd.toml --api-hosts 127.0.0.1:PORT;  gobgp -p PORT neighbor
#   ExaBGP     exabgp DIR/exabgp.conf; settings by environment: exabgp_tcp_bind, exabgp_log_level
#              (exabgp_daemon_user is root here, so that helper scripts can be read, and
#              exabgp_api_cli false, as there are no named pipes)
set -eu
cd "$(dirname "$0")/.."

packages="bird2 frr openbgpd gobgpd exabgp"
want=$(cksum <tests/peers.sh)

# One at a time; a new root takes the place of the old one only when all of it starts.
mkdir -p build
exec 9>build/peers.lock
flock 9
if [ "$(cat build/peers/stamp 2>/dev/null)" = "$want" ]; then
	exit 0
fi
peers=$PWD/build/peers.new

say() {
	echo "peers: $*"
}

# wrap NAME COMMAND...: a start script; COMMAND is shell text and sees $root.
wrap() {
	name=$1
	shift
	cat >"$peers/bin/$name" <<WRAP
#!/bin/sh
root=\$(dirname "\$(readlink -f "\$0")")/../root
export LD_LIBRARY_PATH="\$root/../lib:\$root/../lib/frr"
$*
WRAP
	chmod 755 "$peers/bin/$name"
}

# check NAME ARGUMENT...: the program must start and say its version or its usage; 126 and 127
# are what the shell and the dynamic linker say when it cannot.
check() {
	name=$1
	shift
	status=0
	said=$("$peers/bin/$name" "$@" 2>&1) || status=$?
	if [ $status -ge 126 ] || [ -z "$said" ]; then
		say "$name does not start: $said" >&2
		exit 1
	fi
	echo "$name: $(echo "$said" | head -n 1)" | tee -a "$peers/versions"
}

tests/deps.sh lists $packages
rm -rf "$peers"
mkdir -p "$peers/bin" "$peers/root" "$peers/debs" "$peers/etc" "$peers/empty"

# What apt would install in addition is what this host lacks; of that, libraries are enough.
lacking=$(apt-get -s -q --no-install-recommends install $packages |
    awk '$1 == "Inst" && $3 !~ /^\[/ && $2 ~ /^(lib|python3-)/ { print $2 }')
all=$(printf '%s\n' $packages $lacking | sort -u)
say "downloads and unpacks under build/peers, nothing is installed:" $all
(cd "$peers/debs" && apt-get -q -o APT::Sandbox::User=root download $all) || {
	say "apt's lists may be old: apt-get update"
	tests/deps.sh update
	(cd "$peers/debs" && apt-get -q -o APT::Sandbox::User=root download $all)
}
for deb in "$peers"/debs/*.deb; do
	dpkg -x "$deb" "$peers/root"
done
rm -rf "$peers/debs"
(cd "$peers" && ln -s root/usr/lib/*-linux-gnu* lib)

for name in bird birdc; do
	wrap $name "exec \"\$root/usr/sbin/$name\" \"\$@\""
done
for name in gobgpd gobgp; do
	wrap $name "exec \"\$root/usr/bin/$name\" \"\$@\""
done
wrap frr-bgpd 'exec "$root/usr/lib/frr/bgpd" "$@"'
wrap frr-zebra 'exec "$root/usr/lib/frr/zebra" "$@"'
# No PAM service is there to ask for the user.
echo "username root nopassword" >"$peers/etc/vtysh.conf"
wrap vtysh 'exec "$root/usr/bin/vtysh" --config_dir "$root/../etc" "$@"'
wrap bgpctl 'exec "$root/usr/sbin/bgpctl" "$@"'
wrap exabgp 'export PYTHONPATH="$root/usr/lib/python3/dist-packages"
export exabgp_daemon_user="${exabgp_daemon_user:-root}"
export exabgp_api_cli="${exabgp_api_cli:-false}"
exec /usr/bin/python3 -m exabgp "$@"'

# The daemon looks its user up and locks itself into that user's home.
wrap openbgpd 'case ${1-} in -V) exec "$root/usr/sbin/bgpd" -V ;; esac
export root=$(readlink -f "$root")
export users=$(mktemp -d)
(cat /etc/passwd; echo "_openbgpd:x:64999:64999::$root/../empty:/usr/sbin/nologin") >"$users/passwd"
(cat /etc/group; echo "_openbgpd:x:64999:") >"$users/group"
exec unshare --mount sh -ec '"'"'
	mount --bind "$users/passwd" /etc/passwd
	mount --bind "$users/group" /etc/group
	rm -r "$users"
	exec "$root/usr/sbin/bgpd" "$@"
'"'"' openbgpd "$@"'

: >"$peers/versions"
check bird --version
check birdc -s /nonexistent
check frr-bgpd --version
check frr-zebra --version
check vtysh --help
check openbgpd -V
check bgpctl -V
check gobgpd --version
check gobgp --version
check exabgp --version
echo "$want" >"$peers/stamp"
rm -rf build/peers
mv "$peers" build/peers
