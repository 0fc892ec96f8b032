#!/bin/bash
# PID 1 of the node's namespaces: prepares its view of the machine and starts every component. Touches $STATE/ready when the node is ready.
# Nothing of the machine outside changes: files go to $STATE, and interfaces, rules and mounts belong to the namespaces.
set -euo pipefail
. "$(dirname "$0")/env.sh"
hostname "$NODE_NAME"
mkdir -p "$STATE/bin"
for f in iptables ip6tables; do for s in "" -save -restore; do
	ln -sf "$DEB/usr/sbin/xtables-nft-multi" "$STATE/bin/$f$s"
done; done

# Files: a private sysfs and cgroup tree, /run of its own, writes to /var kept
# under $STATE, and mounts shared so that kubelet's volumes reach the pods.
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
while IFS=: read -r id names _; do
	# The hierarchies that exist already, none new: 3:cpuset:/  9:name=systemd:/  0::/
	if [ "$id" = 0 ]; then
		mkdir /sys/fs/cgroup/unified
		mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
	else
		case $names in name=*) options=none,$names ;; *) options=$names ;; esac
		mkdir "/sys/fs/cgroup/${names#name=}"
		mount -t cgroup -o "$options" cgroup "/sys/fs/cgroup/${names#name=}"
	fi
done < /proc/self/cgroup
mount -t tmpfs -o mode=755 tmpfs /run
mount -t overlay -o "lowerdir=/var,upperdir=$STATE/var-upper,workdir=$STATE/var-work" overlay /var
mkdir -p /var/lib/kubelet /var/log/pods
[ -L /var/run ] || { mkdir -p /var/run; mount --bind /run /var/run; }
mount --bind "$STATE/kubelet" /var/lib/kubelet
mount --make-rshared /
# kubelet sets these sysctls, which are the whole machine's: show it files that
# hold the wanted values already, so that it changes nothing.
fake() { echo "$2" > "$STATE/fake/${1//\//_}"; mount --bind "$STATE/fake/${1//\//_}" "/proc/sys/$1"; }
fake vm/overcommit_memory 1
fake vm/panic_on_oom 0
fake kernel/panic 10
fake kernel/panic_on_oops 1
fake kernel/keys/root_maxkeys 1000000
fake kernel/keys/root_maxbytes 25000000

# Network: loopback and one interface with the node's address and the default route. It drops all that it is sent, so nothing can leave.
# A kernel without the type "dummy" may have "ifb", which drops everything too without a filter.
ip link set lo up
ip link add node0 type dummy 2> /dev/null || ip link add node0 type ifb
ip addr add "$NODE_IP/24" dev node0
ip link set node0 up
ip route add default dev node0
echo 1 > /proc/sys/net/ipv4/ip_forward

sed -e "s#@STATE@#$STATE#g; s#@DEB@#$DEB#g" "$HERE/containerd.toml" > "$STATE/containerd.toml"
sed -e "s#@POD_CIDR@#$POD_CIDR#g" "$HERE/10-bridge.conflist" > "$STATE/cni/10-bridge.conflist"
sed -e "s#@STATE@#$STATE#g; s#@NODE_IP@#$NODE_IP#g" "$HERE/kubelet.yaml" > "$STATE/kubelet.yaml"
sed -e "s#@STATE@#$STATE#g" "$HERE/Corefile" > "$STATE/Corefile"
sed -e "s#@STATE@#$STATE#g; s#@POD_CIDR@#$POD_CIDR#g" "$HERE/kube-proxy.yaml" > "$STATE/kube-proxy.yaml"
echo "nameserver 127.0.0.1" > "$STATE/resolv.conf"
{ cat /etc/hosts; echo "$NODE_IP chat.parley.test"; } > "$STATE/hosts"
mount --bind "$STATE/hosts" /etc/hosts
pki=$STATE/pki

run() { local name=$1; shift; "$@" > "$STATE/log/$name.log" 2>&1 & echo $! > "$STATE/$name.pid"; }

run containerd containerd --config "$STATE/containerd.toml"
run etcd etcd --data-dir "$STATE/etcd" --unsafe-no-fsync --log-level warn
run kube-apiserver kube-apiserver \
	--etcd-servers=http://127.0.0.1:2379 --advertise-address="$NODE_IP" --secure-port=6443 \
	--service-cluster-ip-range="$SERVICE_CIDR" --authorization-mode=Node,RBAC \
	--enable-admission-plugins=NodeRestriction --allow-privileged=true \
	--client-ca-file="$pki/ca.crt" --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" \
	--kubelet-certificate-authority="$pki/ca.crt" --kubelet-preferred-address-types=InternalIP \
	--kubelet-client-certificate="$pki/apiserver-kubelet-client.crt" --kubelet-client-key="$pki/apiserver-kubelet-client.key" \
	--service-account-issuer=https://kubernetes.default.svc.cluster.local \
	--service-account-key-file="$pki/sa.pub" --service-account-signing-key-file="$pki/sa.key" \
	--requestheader-client-ca-file="$pki/front-proxy-ca.crt" --requestheader-allowed-names=front-proxy-client \
	--requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
	--requestheader-extra-headers-prefix=X-Remote-Extra- \
	--proxy-client-cert-file="$pki/front-proxy-client.crt" --proxy-client-key-file="$pki/front-proxy-client.key"
export KUBECONFIG=$pki/admin.kubeconfig
until kubectl get --raw /readyz > /dev/null 2>&1; do
	kill -0 "$(cat "$STATE/kube-apiserver.pid")" || exit 1
	sleep 0.2
done
run kube-controller-manager kube-controller-manager --kubeconfig="$pki/controller-manager.kubeconfig" \
	--authentication-kubeconfig="$pki/controller-manager.kubeconfig" --authorization-kubeconfig="$pki/controller-manager.kubeconfig" \
	--service-account-private-key-file="$pki/sa.key" --root-ca-file="$pki/ca.crt" \
	--cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" \
	--use-service-account-credentials --leader-elect=false --horizontal-pod-autoscaler-sync-period=5s
run kube-scheduler kube-scheduler --kubeconfig="$pki/scheduler.kubeconfig" \
	--authentication-kubeconfig="$pki/scheduler.kubeconfig" --authorization-kubeconfig="$pki/scheduler.kubeconfig" --leader-elect=false
for image in "$IMAGES"/*.tar; do
	ctr -n k8s.io images import "$image" > /dev/null
done
run kubelet kubelet --config="$STATE/kubelet.yaml" --kubeconfig="$pki/kubelet.kubeconfig" \
	--hostname-override="$NODE_NAME" --node-ip="$NODE_IP"
run kube-proxy kube-proxy --config="$STATE/kube-proxy.yaml" --hostname-override="$NODE_NAME"
run coredns coredns -conf "$STATE/Corefile"
until kubectl get node "$NODE_NAME" > /dev/null 2>&1; do sleep 0.2; done
kubectl wait --for=condition=Ready "node/$NODE_NAME" --timeout=120s
until (exec 3<> "/dev/tcp/$NODE_IP/53") 2> /dev/null; do
	kill -0 "$(cat "$STATE/coredns.pid")" || exit 1
	sleep 0.2
done
touch "$STATE/ready"
# Waits as the parent of what containers leave behind.
while :; do sleep 3600 & wait $! || true; done
