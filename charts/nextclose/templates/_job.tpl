{{/* Pod template of a job. Arguments: root, command (subcommand of the `nextclose` CLI). */}}
{{- define "nextclose.jobPod" -}}
{{- with .root -}}
metadata:
  labels:
    {{- include "nextclose.podLabels" . | nindent 4 }}
    app.kubernetes.io/component: jobs
spec:
  restartPolicy: Never
  serviceAccountName: {{ include "nextclose.jobsAccount" . }}
  automountServiceAccountToken: true
  {{- include "nextclose.podSettings" . | nindent 2 }}
  {{- with include "nextclose.placement" (dict "root" . "placement" .Values.jobs "selector" "") | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  containers:
    - name: {{ $.command }}
      image: {{ include "nextclose.image" (dict "root" . "image" .Values.jobs.image) }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [{{ $.command }}]
      env:
        - name: NEXTCLOSE_NAMESPACE
          valueFrom:
            fieldRef: {fieldPath: metadata.namespace}
        - {name: NEXTCLOSE_ISVC_NAME, value: {{ include "nextclose.fullname" . }}}
        - {name: NEXTCLOSE_SERVICE_URL, value: "http://{{ include "nextclose.service" . }}"}
        - {name: NEXTCLOSE_SYMBOLS, value: {{ .Values.prices.symbols | toJson | quote }}}
        - {name: NEXTCLOSE_STORE, value: {{ include "nextclose.store" . | quote }}}
        - {name: NEXTCLOSE_MODELS, value: {{ include "nextclose.models" . | quote }}}
        {{- if .Values.storage.s3.address }}
        - {name: NEXTCLOSE_STORAGE_URI_PREFIX, value: "{{ .Values.storage.s3.address }}/models/nextclose"}
        {{- else }}
        - {name: NEXTCLOSE_STORAGE_URI_PREFIX, value: "pvc://{{ include "nextclose.modelsClaim" . }}/nextclose"}
        {{- end }}
        - {name: NEXTCLOSE_WORK, value: /var/lib/nextclose/store/work}
        - {name: NEXTCLOSE_REFRESH_EVERY_SESSIONS, value: {{ .Values.refresh.everySessions | quote }}}
        - {name: NEXTCLOSE_REFRESH_MAX_AGE_DAYS, value: {{ .Values.refresh.maxAgeDays | quote }}}
        - {name: NEXTCLOSE_REFRESH_DRIFT_P, value: {{ .Values.refresh.driftP | quote }}}
        - {name: NEXTCLOSE_REFRESH_TRAINING, value: {{ .Values.refresh.training }}}
        - {name: NEXTCLOSE_REFRESH_KEEP, value: {{ .Values.refresh.keep | quote }}}
        {{- with .Values.refresh.pushgateway }}
        - {name: NEXTCLOSE_REFRESH_PUSHGATEWAY, value: {{ . | quote }}}
        {{- end }}
        {{- if or .Values.prices.csv.configMap .Values.prices.csv.volume }}
        - {name: NEXTCLOSE_CSV_FOLDER, value: /var/lib/nextclose-csv}
        {{- end }}
        {{- with .Values.prices.alphavantage }}
        {{- if .existingSecret }}
        - name: ALPHAVANTAGE_API_KEY
          valueFrom:
            secretKeyRef: {name: {{ .existingSecret }}, key: {{ .key }}}
        {{- end }}
        {{- end }}
        {{- with include "nextclose.s3Env" . | trim }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- with .Values.jobs.proxy }}
        {{- with .http }}
        - {name: HTTP_PROXY, value: {{ . | quote }}}
        {{- end }}
        {{- with .https }}
        - {name: HTTPS_PROXY, value: {{ . | quote }}}
        {{- end }}
        {{- if or .http .https }}
        - name: NO_PROXY
          value: {{ printf "$(KUBERNETES_SERVICE_HOST),.svc,%s%s" (include "nextclose.service" $.root) (ternary (printf ",%s" .none) "" (ne .none "")) | quote }}
        {{- end }}
        {{- end }}
        {{- if .Values.jobs.ca.configMap }}
        {{- range list "SSL_CERT_FILE" "REQUESTS_CA_BUNDLE" "CURL_CA_BUNDLE" }}
        - {name: {{ . }}, value: /etc/nextclose-ca/ca.crt}
        {{- end }}
        {{- end }}
        {{- with .Values.jobs.env }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with .Values.jobs.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.securityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        {{- if .Values.storage.s3.address }}
        - {name: work, mountPath: /var/lib/nextclose}
        {{- else }}
        - {name: models, mountPath: /var/lib/nextclose/models}
        - {name: prices, mountPath: /var/lib/nextclose/store}
        {{- end }}
        {{- if or .Values.prices.csv.configMap .Values.prices.csv.volume }}
        - {name: csv, mountPath: /var/lib/nextclose-csv, readOnly: true}
        {{- end }}
        {{- if include "nextclose.s3Ca" . }}
        - {name: s3-ca, mountPath: /etc/nextclose-s3-ca, readOnly: true}
        {{- end }}
        {{- if .Values.jobs.ca.configMap }}
        - {name: ca, mountPath: /etc/nextclose-ca, readOnly: true}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: {}
    {{- if .Values.storage.s3.address }}
    - name: work
      emptyDir: {}
    {{- else }}
    - name: models
      persistentVolumeClaim: {claimName: {{ include "nextclose.modelsClaim" . }}}
    - name: prices
      persistentVolumeClaim: {claimName: {{ include "nextclose.pricesClaim" . }}}
    {{- end }}
    {{- with .Values.prices.csv }}
    {{- if .configMap }}
    - name: csv
      configMap: {name: {{ .configMap }}}
    {{- else if .volume }}
    - name: csv
      {{- toYaml .volume | nindent 6 }}
    {{- end }}
    {{- end }}
    {{- if include "nextclose.s3Ca" . }}
    {{- include "nextclose.s3CaVolume" . | nindent 4 }}
    {{- end }}
    {{- with .Values.jobs.ca }}
    {{- if .configMap }}
    - name: ca
      configMap:
        name: {{ .configMap }}
        items:
          - {key: {{ .key }}, path: ca.crt}
    {{- end }}
    {{- end }}
{{- end -}}
{{- end -}}

{{/* Exit code 2 is a configuration error, so do not retry; do not count evictions from a drained node as failures. */}}
{{- define "nextclose.podFailurePolicy" -}}
podFailurePolicy:
  rules:
    - action: FailJob
      onExitCodes: {operator: In, values: [2]}
    - action: Ignore
      onPodConditions:
        - {type: DisruptionTarget, status: "True"}
{{- end -}}
