{{- define "abohb.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "abohb.fullname" -}}
{{- $name := include "abohb.name" . -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name -}}
{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{- define "abohb.selectorLabels" -}}
app.kubernetes.io/name: {{ include "abohb.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "abohb.labels" -}}
{{ include "abohb.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "abohb.serviceAccountName" -}}
{{ .Values.serviceAccount.name | default (ternary (include "abohb.fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "abohb.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* Where a policy holds: in the namespaces that are served. */}}
{{- define "abohb.servedNamespaces" -}}
{{- if .Values.namespaces -}}
matchResources:
  namespaceSelector:
    matchExpressions:
      - key: kubernetes.io/metadata.name
        operator: In
        values: {{ uniq .Values.namespaces | toJson }}
{{- end }}
{{- end }}

{{/* What the operator may do in the namespaces that it serves. */}}
{{- define "abohb.rules" -}}
- apiGroups: [abohb.dev]
  resources: [studies]
  verbs: [get, list, watch]
- apiGroups: [abohb.dev]
  resources: [trials]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [abohb.dev]
  resources: [studies/status, trials/status]
  verbs: [patch]
# Where the cluster enforces it, an owner that waits for its dependents may only be named by someone with this right.
- apiGroups: [abohb.dev]
  resources: [studies/finalizers, trials/finalizers]
  verbs: [update]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, patch, delete]
{{- range .Values.workloads }}
- apiGroups: [{{ .apiGroup | quote }}]
  resources: [{{ .resource | quote }}]
  verbs: [get, list, watch, create, patch, delete]
{{- end }}
# Why a Job waits in a queue of Kueue, where there is one.
- apiGroups: [kueue.x-k8s.io]
  resources: [workloads]
  verbs: [list]
# The claim of a Study that has a template for one, and whose the one is that has its name.
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [create, get]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
- apiGroups: [""]
  resources: [events]
  verbs: [get, list, create, patch]
{{- end }}
