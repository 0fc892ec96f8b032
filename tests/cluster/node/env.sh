# Addresses and paths of the node; sourced by the scripts. start.py sets STATE, BIN, DEB, IMAGES.
NODE_NAME=node1
NODE_IP=10.200.0.2
POD_CIDR=10.244.0.0/24
SERVICE_CIDR=10.96.0.0/16
APISERVER_IP=10.96.0.1
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
libraries=$(uname -m)-linux-gnu
# Programs of Debian packages that are unpacked, not installed.
export LD_LIBRARY_PATH=$DEB/usr/lib/$libraries:$DEB/lib/$libraries XTABLES_LIBDIR=$DEB/usr/lib/$libraries/xtables
export PATH=$BIN:$STATE/bin:$DEB/usr/sbin:$DEB/usr/bin:$DEB/sbin:$PATH
export KUBECONFIG=$STATE/pki/admin.kubeconfig
# What kubectl and helm remember of a cluster is wrong for the next one at the same address.
export KUBECACHEDIR=$STATE/cache HELM_CACHE_HOME=$STATE/cache HELM_CONFIG_HOME=$STATE/cache HELM_DATA_HOME=$STATE/cache
