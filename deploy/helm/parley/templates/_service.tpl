{{/* One of Parley's services: Deployment, Service, PodDisruptionBudget and HorizontalPodAutoscaler. Argument: list of root and service. */}}
{{- define "parley.service" -}}
{{- $root := index . 0 -}}
{{- $service := index . 1 -}}
{{- include "parley.validate" $root -}}
{{- if not $root.Values.trial.enabled }}
{{- $values := index $root.Values $service -}}
{{- $full := include "parley.fullname" $root -}}
{{- $name := printf "%s-%s" $full $service -}}
{{- $ports := include "parley.ports" $root | fromYaml -}}
{{- $own := index $ports $service -}}
{{- $prefix := printf "PARLEY_%s" (upper $service) -}}
{{- $keyFile := printf "%s-%d.pem" $service (int $root.Values.keys.number) -}}
{{- $isGateway := eq $service "gateway" -}}
{{- $signsIn := and $isGateway $root.Values.signIn.providers -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels: {{- include "parley.labels" . | nindent 4 }}
spec:
  {{- if not $values.autoscaling.enabled }}
  replicas: {{ $values.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}
  selector:
    matchLabels: {{- include "parley.selector" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "parley.labels" . | nindent 8 }}
      annotations:
        checksum/secrets: {{ include "parley.secretsChecksum" $root }}
        {{- if $signsIn }}
        checksum/sign-in: {{ include "parley.signIn.providers" $root | sha256sum }}
        {{- end }}
        {{- with $root.Values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      {{- include "parley.podBase" $root | nindent 6 }}
      terminationGracePeriodSeconds: {{ $root.Values.terminationGracePeriodSeconds }}
      topologySpreadConstraints:
        {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
        - topologyKey: {{ . }}
          maxSkew: 1
          whenUnsatisfiable: {{ eq . "kubernetes.io/hostname" | ternary $root.Values.spread "ScheduleAnyway" }}
          matchLabelKeys: [pod-template-hash]
          labelSelector:
            matchLabels: {{- include "parley.selector" (list $root $service) | nindent 14 }}
        {{- end }}
      containers:
        - name: {{ $service }}
          image: {{ include "parley.image" (list $root $root.Values.image) }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: [services.{{ $service }}]
          env:
            {{- include "parley.kafka.env" $root | nindent 12 }}
            {{- if not $isGateway }}
            {{- include "parley.mongodb.env" $root | nindent 12 }}
            {{- end }}
            {{- range $other, $port := $ports }}
            {{- if ne $other "gateway" }}
            - {name: PARLEY_{{ upper $other }}, value: "{{ $full }}-{{ $other }}:{{ $port.grpc }}"}
            {{- end }}
            {{- end }}
            - {name: {{ $prefix }}_GRPC_ADDRESS, value: "0.0.0.0:{{ $own.grpc }}"}
            - {name: {{ $prefix }}_METRICS_ADDRESS, value: "0.0.0.0:{{ $own.metrics }}"}
            - {name: {{ $prefix }}_KEY, value: /etc/parley/key/{{ $keyFile }}}
            - {name: PARLEY_KEYS, value: /etc/parley/keys}
            - {name: PARLEY_PREPARE, value: "false"}
            - {name: PARLEY_STOP_DELAY, value: {{ $root.Values.stopDelaySeconds | quote }}}
            {{- if or $isGateway (eq $service "tickets") }}
            - {name: PARLEY_GATEWAY_PUBLIC_URL, value: {{ $root.Values.publicUrl | quote }}}
            {{- end }}
            {{- if $isGateway }}
            - {name: PARLEY_HTTP_HOST, value: 0.0.0.0}
            - {name: PARLEY_HTTP_PORT, value: {{ $own.http | quote }}}
            - {name: PARLEY_GATEWAY_TRUST_PROXY, value: {{ $values.trustProxy | quote }}}
            {{- end }}
            {{- if $signsIn }}
            {{- include "parley.signIn.env" $root | nindent 12 }}
            {{- end }}
            {{- if or $isGateway (eq $service "tickets") }}
            - {name: PARLEY_TICKETS_TRIAL, value: {{ $root.Values.signInByName | quote }}}
            {{- end }}
            {{- if $root.Values.tls.enabled }}
            - {name: PARLEY_TLS_CERT, value: /etc/parley/tls/tls.crt}
            - {name: PARLEY_TLS_KEY, value: /etc/parley/tls/tls.key}
            - {name: PARLEY_TLS_CA, value: /etc/parley/tls/ca.crt}
            {{- end }}
            {{- with $root.Values.traces.headersSecret }}
            {{- if .name }}
            - name: PARLEY_OTLP_HEADERS
              valueFrom: {secretKeyRef: {name: {{ .name }}, key: {{ .key }}}}
            {{- end }}
            {{- end }}
            {{- if $root.Values.traces.caSecret.name }}
            - {name: PARLEY_OTLP_CA, value: /etc/parley/traces-ca/ca.crt}
            {{- end }}
            {{- include "parley.variables" (merge (dict) $values.settings $root.Values.settings) | nindent 12 }}
          ports:
            {{- range $port, $number := $own }}
            - {name: {{ $port }}, containerPort: {{ $number }}}
            {{- end }}
          # Started: the probes' port answers, for up to two minutes. Live: the event loop runs, whatever Kafka and MongoDB do, because a
          # restart would not bring them back. Ready: every part of the service has what it waits for.
          startupProbe: {httpGet: {path: /live, port: metrics}, periodSeconds: 2, failureThreshold: 60}
          livenessProbe: {httpGet: {path: /live, port: metrics}, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6}
          readinessProbe: {httpGet: {path: /ready, port: metrics}, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 2}
          resources: {{- toYaml $values.resources | nindent 12 }}
          securityContext: {{- include "parley.containerSecurity" $root | nindent 12 }}
          volumeMounts:
            {{- include "parley.backEnds.mounts" $root | nindent 12 }}
            {{- if not $isGateway }}
            {{- include "parley.mongodb.mounts" $root | nindent 12 }}
            {{- end }}
            - {name: key, mountPath: /etc/parley/key, readOnly: true}
            - {name: keys, mountPath: /etc/parley/keys, readOnly: true}
            {{- if $signsIn }}
            - {name: sign-in, mountPath: /etc/parley/sign-in, readOnly: true}
            {{- end }}
            {{- if $root.Values.traces.caSecret.name }}
            - {name: traces-ca, mountPath: /etc/parley/traces-ca, readOnly: true}
            {{- end }}
            {{- if $root.Values.tls.enabled }}
            - {name: tls, mountPath: /etc/parley/tls, readOnly: true}
            {{- end }}
      volumes:
        {{- include "parley.backEnds.volumes" $root | nindent 8 }}
        {{- if not $isGateway }}
        {{- include "parley.mongodb.volumes" $root | nindent 8 }}
        {{- end }}
        {{- with $root.Values.traces.caSecret }}
        {{- if .name }}
        - name: traces-ca
          secret: {secretName: {{ .name }}, items: [{key: {{ .key }}, path: ca.crt}]}
        {{- end }}
        {{- end }}
        {{- if $signsIn }}
        {{- include "parley.signIn.volume" $root | nindent 8 }}
        {{- end }}
        # This service's private key only.
        - name: key
          secret: {secretName: {{ include "parley.privateKeys" $root }}, defaultMode: 0440, items: [{key: {{ $keyFile }}, path: {{ $keyFile }}}]}
        - name: keys
          secret: {secretName: {{ include "parley.publicKeys" $root }}}
        {{- if $root.Values.tls.enabled }}
        - name: tls
          secret: {secretName: {{ include "parley.tlsSecret" . }}, defaultMode: 0440}
        {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  labels: {{- include "parley.labels" . | nindent 4 }}
  {{- if $isGateway }}
  {{- with $values.service.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
spec:
  selector: {{- include "parley.selector" . | nindent 4 }}
  {{- if $isGateway }}
  type: {{ $values.service.type }}
  ports:
    - {name: http, port: {{ $values.service.port }}, targetPort: http}
  {{- else }}
  # Headless: callers see every replica's address and balance calls themselves.
  clusterIP: None
  ports:
    - {name: grpc, port: {{ $own.grpc }}, targetPort: grpc, appProtocol: kubernetes.io/h2c}
  {{- end }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  labels: {{- include "parley.labels" . | nindent 4 }}
spec:
  minAvailable: {{ $root.Values.minAvailable }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{- include "parley.selector" . | nindent 6 }}
{{- if $values.autoscaling.enabled }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ $name }}
  labels: {{- include "parley.labels" . | nindent 4 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ $name }}}
  minReplicas: {{ $values.autoscaling.minReplicas }}
  maxReplicas: {{ $values.autoscaling.maxReplicas }}
  metrics:
    {{- if $isGateway }}
    - type: Pods
      pods: {metric: {name: parley_gateway_http_connections}, target: {type: AverageValue, averageValue: {{ $values.autoscaling.socketsPerReplica | quote }}}}
    {{- else }}
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: {{ $values.autoscaling.cpuPercent }}}}
    {{- end }}
  behavior:
    # Each replica that goes makes its pages reconnect, so they go slowly.
    scaleDown: {stabilizationWindowSeconds: 600, policies: [{type: Pods, value: 1, periodSeconds: 120}]}
{{- end }}
{{- end }}
{{- end }}
