{{/* Kafka and MongoDB: the variables, volumes and mounts of a pod that uses them. */}}

{{- define "parley.backEnds.env" -}}
{{ include "parley.kafka.env" . }}
{{ include "parley.mongodb.env" . }}
{{- end }}

{{- define "parley.kafka.env" -}}
{{- $kafka := .Values.kafka -}}
- {name: PARLEY_KAFKA, value: {{ join "," $kafka.brokers | quote }}}
- {name: PARLEY_KAFKA_REPLICATION, value: {{ $kafka.replication | quote }}}
- {name: PARLEY_KAFKA_PARTITIONS, value: {{ $kafka.partitions | quote }}}
{{- if $kafka.tls.enabled }}
- {name: PARLEY_KAFKA_TLS, value: "true"}
{{- if $kafka.tls.caSecret.name }}
- {name: PARLEY_KAFKA_CA, value: /etc/parley/kafka-ca/ca.crt}
{{- end }}
{{- if $kafka.tls.certSecret }}
- {name: PARLEY_KAFKA_CERT, value: /etc/parley/kafka-cert/tls.crt}
- {name: PARLEY_KAFKA_CERT_KEY, value: /etc/parley/kafka-cert/tls.key}
{{- end }}
{{- end }}
{{- if $kafka.sasl.user }}
- {name: PARLEY_KAFKA_USER, value: {{ $kafka.sasl.user | quote }}}
- {name: PARLEY_KAFKA_SASL, value: {{ $kafka.sasl.mechanism }}}
- name: PARLEY_KAFKA_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ $kafka.sasl.passwordSecret.name }}, key: {{ $kafka.sasl.passwordSecret.key }}}}
{{- end }}
{{- end }}

{{- define "parley.mongodb.env" -}}
- name: PARLEY_MONGO
  valueFrom: {secretKeyRef: {name: {{ .Values.mongodb.urlSecret.name }}, key: {{ .Values.mongodb.urlSecret.key }}}}
{{- if .Values.mongodb.caSecret.name }}
- {name: PARLEY_MONGO_CA, value: /etc/parley/mongodb-ca/ca.crt}
{{- end }}
{{- if .Values.mongodb.certSecret.name }}
- {name: PARLEY_MONGO_CERT, value: /etc/parley/mongodb-cert/tls.pem}
{{- end }}
- {name: PARLEY_MONGO_PREFIX, value: {{ .Values.mongodb.prefix | quote }}}
{{- end }}

{{- define "parley.backEnds.volumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 256Mi}
{{- with .Values.kafka.tls }}
{{- if and .enabled .caSecret.name }}
- name: kafka-ca
  secret: {secretName: {{ .caSecret.name }}, items: [{key: {{ .caSecret.key }}, path: ca.crt}]}
{{- end }}
{{- if and .enabled .certSecret }}
- name: kafka-cert
  secret: {secretName: {{ .certSecret }}, defaultMode: 0440}
{{- end }}
{{- end }}
{{- with .Values.mongodb.caSecret }}
{{- if .name }}
- name: mongodb-ca
  secret: {secretName: {{ .name }}, items: [{key: {{ .key }}, path: ca.crt}]}
{{- end }}
{{- end }}
{{- end }}

{{- define "parley.backEnds.mounts" -}}
- {name: tmp, mountPath: /tmp}
{{- if and .Values.kafka.tls.enabled .Values.kafka.tls.caSecret.name }}
- {name: kafka-ca, mountPath: /etc/parley/kafka-ca, readOnly: true}
{{- end }}
{{- if and .Values.kafka.tls.enabled .Values.kafka.tls.certSecret }}
- {name: kafka-cert, mountPath: /etc/parley/kafka-cert, readOnly: true}
{{- end }}
{{- if .Values.mongodb.caSecret.name }}
- {name: mongodb-ca, mountPath: /etc/parley/mongodb-ca, readOnly: true}
{{- end }}
{{- end }}

{{/* MongoDB's client key, which the gateway does not get. */}}
{{- define "parley.mongodb.volumes" -}}
{{- with .Values.mongodb.certSecret }}
{{- if .name }}
- name: mongodb-cert
  secret: {secretName: {{ .name }}, defaultMode: 0440, items: [{key: {{ .key }}, path: tls.pem}]}
{{- end }}
{{- end }}
{{- end }}

{{- define "parley.mongodb.mounts" -}}
{{- if .Values.mongodb.certSecret.name }}
- {name: mongodb-cert, mountPath: /etc/parley/mongodb-cert, readOnly: true}
{{- end }}
{{- end }}

{{/* Changes when a Secret changes that pods read at their start only, so that the next upgrade restarts them. */}}
{{- define "parley.secretsChecksum" -}}
{{- $read := list -}}
{{- $mongodb := .Values.mongodb -}}
{{- $traces := .Values.traces -}}
{{- range list $mongodb.urlSecret $mongodb.caSecret $mongodb.certSecret .Values.kafka.sasl.passwordSecret $traces.headersSecret $traces.caSecret -}}
{{- if .name -}}
{{- $found := lookup "v1" "Secret" $.Release.Namespace .name -}}
{{- $read = append $read (get ($found.data | default dict) .key) -}}
{{- end -}}
{{- end -}}
{{- $read | toJson | sha256sum -}}
{{- end }}
