{{/* What values.schema.json can't express: values that need or exclude each other. */}}
{{- define "parley.validate" -}}
{{- $v := .Values -}}
{{- if $v.trial.enabled -}}
{{- $production := dict "kafka.brokers" $v.kafka.brokers "mongodb.urlSecret.name" $v.mongodb.urlSecret.name "keys.existingSecret" $v.keys.existingSecret "tls.enabled" $v.tls.enabled "ingress.tlsSecret" $v.ingress.tlsSecret "signIn.providers" $v.signIn.providers -}}
{{- range $name, $value := $production -}}
{{- if $value -}}{{- fail (printf "trial.enabled keeps no data and lets anybody sign in, so it refuses %s. Remove one of them." $name) -}}{{- end -}}
{{- end -}}
{{- if hasPrefix "https://" $v.publicUrl -}}{{- fail "trial.enabled refuses a publicUrl with https. Remove one of them." -}}{{- end -}}
{{- else -}}
{{- if not $v.publicUrl -}}{{- fail "publicUrl is empty. Set it to the URL that browsers use, https://chat.example.com, or set trial.enabled." -}}{{- end -}}
{{- if not $v.kafka.brokers -}}{{- fail "kafka.brokers is empty. Set it to host:port of your brokers, or set trial.enabled." -}}{{- end -}}
{{- if not $v.mongodb.urlSecret.name -}}{{- fail "mongodb.urlSecret.name is empty. Name the Secret that has MongoDB's URL, or set trial.enabled." -}}{{- end -}}
{{- if and $v.kafka.sasl.user (not $v.kafka.sasl.passwordSecret.name) -}}{{- fail "kafka.sasl.passwordSecret.name is empty. Name the Secret with the password of kafka.sasl.user." -}}{{- end -}}
{{- if and (eq $v.kafka.sasl.mechanism "PLAIN") $v.kafka.sasl.user (not $v.kafka.tls.enabled) -}}{{- fail "kafka.sasl.mechanism PLAIN sends the password as it is. Set kafka.tls.enabled." -}}{{- end -}}
{{- if and (not $v.kafka.tls.enabled) (or $v.kafka.tls.caSecret.name $v.kafka.tls.certSecret) -}}{{- fail "kafka.tls.caSecret and kafka.tls.certSecret need kafka.tls.enabled." -}}{{- end -}}
{{- if ne (empty $v.keys.existingSecret) (empty $v.keys.existingPublicSecret) -}}{{- fail "keys.existingSecret and keys.existingPublicSecret are set together." -}}{{- end -}}
{{- if and $v.tls.enabled (not $v.tls.certManager.issuerRef.name) -}}
{{- range $service, $secret := $v.tls.secrets -}}
{{- if not $secret -}}{{- fail (printf "tls.secrets.%s is empty. Name the Secret with its certificate, or tls.certManager.issuerRef.name." $service) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $v.signIn.caSecret.name (not $v.signIn.providers) -}}{{- fail "signIn.caSecret needs signIn.providers." -}}{{- end -}}
{{- if and $v.gatewayApi.enabled (not $v.gatewayApi.parentRefs) -}}{{- fail "gatewayApi.parentRefs is empty. Name the Gateway that the route belongs to." -}}{{- end -}}
{{- end -}}
{{- end }}
