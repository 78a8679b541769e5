#!/usr/bin/env bash
# Install KServe in Standard mode on a new cluster: cert-manager for its webhooks, CRDs, controller, and metrics-server.
set -euo pipefail
kserve=v0.20.0
certificates=v1.17.0
kubectl apply -f "https://github.com/cert-manager/cert-manager/releases/download/$certificates/cert-manager.yaml"
kubectl -n cert-manager rollout status deployment --timeout=5m
helm install kserve-crd oci://ghcr.io/kserve/charts/kserve-crd --version "$kserve"
helm install kserve oci://ghcr.io/kserve/charts/kserve-resources --version "$kserve" --namespace kserve --create-namespace \
  --set kserve.controller.deploymentMode=Standard --set kserve.controller.gateway.ingressGateway.enableGatewayApi=false
kubectl -n kserve rollout status deployment --timeout=5m
kubectl apply -f https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml
kubectl -n kube-system patch deployment metrics-server --type=json \
  -p '[{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--kubelet-insecure-tls"}]'
