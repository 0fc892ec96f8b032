{{/* What the gateway needs of identity providers. */}}

{{- define "parley.signIn.providers" -}}
{{- $listed := list -}}
{{- range .Values.signIn.providers -}}
{{- $provider := omit . "clientSecret" -}}
{{- if .clientSecret -}}{{- $provider = set $provider "client_secret_file" (printf "/etc/parley/sign-in/secrets/%s" .id) -}}{{- end -}}
{{- $listed = append $listed $provider -}}
{{- end -}}
{{- toPrettyJson $listed -}}
{{- end }}

{{- define "parley.signIn.env" -}}
- {name: PARLEY_GATEWAY_PROVIDERS, value: /etc/parley/sign-in/providers.json}
{{- if .Values.signIn.caSecret.name }}
- {name: PARLEY_GATEWAY_PROVIDERS_CA, value: /etc/parley/sign-in/ca.crt}
{{- end }}
{{- end }}

{{/* Kubernetes replaces the files when a Secret changes, and the gateway reads a client's secret for each sign-in. */}}
{{- define "parley.signIn.volume" -}}
- name: sign-in
  projected:
    defaultMode: 0440
    sources:
      - configMap: {name: {{ include "parley.fullname" . }}-sign-in}
      {{- range .Values.signIn.providers }}
      {{- if .clientSecret }}
      - secret: {name: {{ .clientSecret.name }}, items: [{key: {{ .clientSecret.key }}, path: secrets/{{ .id }}}]}
      {{- end }}
      {{- end }}
      {{- with .Values.signIn.caSecret }}
      {{- if .name }}
      - secret: {name: {{ .name }}, items: [{key: {{ .key }}, path: ca.crt}]}
      {{- end }}
      {{- end }}
{{- end }}

{{/* The ports of the providers, for the network policy. */}}
{{- define "parley.signIn.ports" -}}
{{- $ports := list 443 -}}
{{- range .Values.signIn.providers -}}
{{- $host := (urlParse .issuer).host -}}
{{- if regexMatch ":[0-9]+$" $host -}}{{- $ports = append $ports (splitList ":" $host | last | int) -}}{{- end -}}
{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end }}
