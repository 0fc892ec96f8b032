{{/* Names, labels and what all pods share; each is written once. */}}

{{- define "parley.fullname" -}}
{{- if contains "parley" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-parley" (.Release.Name | trunc 33 | trimSuffix "-") }}{{ end }}
{{- end }}

{{/* The labels of a selector never change, so the chart's version is none of them. Argument: list of root and component. */}}
{{- define "parley.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: parley
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "parley.labels" -}}
{{- $root := index . 0 -}}
{{ include "parley.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end }}

{{/* Argument: list of root and an image's values. */}}
{{- define "parley.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- if $image.digest }}{{ $image.repository }}@{{ $image.digest }}{{ else }}{{ $image.repository }}:{{ $image.tag | default $root.Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "parley.ports" -}}
{presence: {grpc: 7101, metrics: 7201}, chat: {grpc: 7102, metrics: 7202}, tickets: {grpc: 7103, metrics: 7203}, notify: {grpc: 7104, metrics: 7204}, gateway: {grpc: 7105, metrics: 7205, http: 8080}}
{{- end }}

{{- define "parley.privateKeys" -}}{{ .Values.keys.existingSecret | default (printf "%s-keys" (include "parley.fullname" .)) }}{{- end }}
{{- define "parley.publicKeys" -}}{{ .Values.keys.existingPublicSecret | default (printf "%s-public-keys" (include "parley.fullname" .)) }}{{- end }}

{{/* Argument: list of root and service. */}}
{{- define "parley.tlsSecret" -}}
{{- $root := index . 0 -}}
{{- if $root.Values.tls.certManager.issuerRef.name }}{{ include "parley.fullname" $root }}-{{ index . 1 }}-tls{{ else }}{{ index $root.Values.tls.secrets (index . 1) }}{{ end }}
{{- end }}

{{- define "parley.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* The start of every pod's spec. Only the hook that makes keys calls Kubernetes, so no other pod has a token. */}}
{{- define "parley.podBase" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/* Variables from a map, sorted. */}}
{{- define "parley.variables" -}}
{{- range $name, $value := . }}
- {name: {{ $name }}, value: {{ $value | toString | quote }}}
{{- end }}
{{- end }}

{{/* Host and port of publicUrl. */}}
{{- define "parley.host" -}}{{ (urlParse .Values.publicUrl).host }}{{- end }}
