# The images of the project, one target for each: predictor, transformer, jobs, dashboard.
#     docker build --target jobs --tag nextclose/jobs .
ARG BASE=docker.io/library/python:3.11-slim-bookworm

# Compile the standard library: some base images lack its bytecode, and a read-only container cannot write it.
FROM ${BASE} AS base
RUN ["python", "-c", "import compileall, re, sysconfig as s; compileall.compile_dir(s.get_path('stdlib'), quiet=2, rx=re.compile('/(test|idlelib|lib2to3|(site|dist)-packages)/'))"]

# The base without package managers, build tools and system administration tools, and with the user. The final stage copies
# it into one layer, which all images share: files deleted in an additional layer would still be part of the image.
FROM base AS root
RUN groupadd --gid 65532 nextclose \
 && useradd --uid 65532 --gid 65532 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin nextclose \
 && dpkg-query --show --showformat '${Package}\n' > /tmp/installed \
 && grep -Ex \
      -e 'adduser|apt|bsdutils|debconf|debian-archive-keyring|diffutils|e2fsprogs|gpgv|init-system-helpers|login|logsave' \
      -e 'mount|ncurses-bin|openssl|passwd|perl.*|sysvinit-utils|usrmerge|util-linux|lib.*-perl' \
      -e 'python3-(distutils|lib2to3|pip|pkg-resources|setuptools|wheel).*' \
      -e 'lib(apt-pkg|audit|blkid|cap-ng|db5|ext2fs|gcrypt|gnutls|gpg-error|hogweed|idn2|mount|nettle|p11-kit|pam).*' \
      -e 'lib(perl|semanage|sepol|smartcols|ss2|systemd|tasn1|udev|unistring|xxhash).*' \
      /tmp/installed > /tmp/purged \
 && xargs --arg-file=/tmp/purged dpkg --purge --force-depends --force-remove-essential \
 && stdlib=$(python -c "import os; print(os.path.dirname(os.__file__))") \
 && for part in ensurepip idlelib lib2to3 pydoc_data test; do rm -rf "${stdlib:?}/$part"; done \
 && rm -rf /tmp/* /usr/local/bin/pip* /usr/local/bin/wheel /usr/local/include /usr/local/lib/python3*/site-packages/* \
      /usr/share/info /usr/share/python-wheels /usr/lib/*/gconv \
 && python -c "import bz2, ctypes, curses, decimal, hashlib, lzma, readline, sqlite3, ssl, uuid, venv, zoneinfo"

FROM base AS tools
WORKDIR /src
COPY requirements/build.txt requirements/
RUN python -m venv /opt/build \
 && /opt/build/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/build.txt \
 && python -m venv --without-pip /opt/nextclose \
 && ln -s /opt/nextclose/lib/python3*/site-packages /opt/site-packages

# This project in a separate layer from its dependencies: the small layer changes often, the large one rarely.
FROM tools AS application
COPY pyproject.toml README.md LICENSE ./
COPY model model
COPY transformer transformer
COPY jobs jobs
COPY loadtest loadtest
COPY dashboard dashboard
RUN /opt/build/bin/python -m pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir dist . \
 && /opt/build/bin/python -m pip --python /opt/nextclose/bin/python install \
      --no-cache-dir --no-compile --no-deps --no-index --target /opt/app dist/*.whl \
 && python -m compileall -q --invalidation-mode unchecked-hash /opt/app

# Programs that make installed packages smaller.
FROM tools AS strip
# Not pinned: Debian keeps only the latest version of a package.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends binutils elfutils patchelf \
 && rm -rf /var/lib/apt/lists/*

# Settings and files that all images have. The whole root is copied because a layer that deletes files of the base would not
# make the image smaller.
FROM scratch AS image
# hadolint ignore=DL3067
COPY --from=root / /
# /tmp must be a writable volume if the root is read-only: caches and configuration are written there. PYTHONSAFEPATH
# prevents imports from the working folder, which may contain files of others.
ENV PATH=/opt/app/bin:/opt/nextclose/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 \
    PYTHONPATH=/opt/app \
    PYTHONSAFEPATH=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    XDG_CACHE_HOME=/tmp/.cache \
    XDG_CONFIG_HOME=/tmp/.config
WORKDIR /tmp
USER 65532:65532
STOPSIGNAL SIGTERM

# The predictor: computes quantiles of scaled windows with a TensorFlow SavedModel.
FROM strip AS predictor-dependencies
COPY requirements/predictor.txt requirements/
WORKDIR /opt/site-packages
# Remove files that serving does not need: TensorFlow's headers, libclang and a converter pass, debug symbols (a quarter
# of TensorFlow), and tests.
RUN /opt/build/bin/python -m pip --python /opt/nextclose/bin/python install \
      --no-cache-dir --no-compile --only-binary :all: --require-hashes -r /src/requirements/predictor.txt \
 && /opt/build/bin/python -m pip --python /opt/nextclose/bin/python uninstall --yes libclang pillow setuptools \
 && find h5py joblib numpy -name tests -type d -prune -exec rm -r {} + \
 && rm -r tensorflow/include tensorflow/compiler/mlir/stablehlo/stablehlo_extension.so \
 && find . -regex '.*\.\(c\|cpp\|h\|hpp\|pyx\|pxd\|pxi\|pyi\|map\)' -delete \
 && find aiohttp ml_dtypes multidict optree tensorflow uvloop yarl -name '*.so*' -type f -exec strip --strip-unneeded {} + \
 && python -m compileall -q --invalidation-mode unchecked-hash . \
 && /opt/nextclose/bin/python -B -c "import aiohttp.web, google.protobuf.message, grpc.aio, joblib, onnxruntime, tensorflow, uvloop"

FROM image AS predictor
COPY --from=predictor-dependencies /opt/nextclose /opt/nextclose
COPY --from=application /opt/app /opt/app
ENV KERAS_HOME=/tmp/.keras \
    OPENBLAS_NUM_THREADS=1 \
    NEXTCLOSE_PREDICTOR_HOST=0.0.0.0 \
    NEXTCLOSE_MODELS=/mnt/models
ENTRYPOINT ["python", "-m", "model.serving"]
# Last, so that a new version shares all other layers with the previous one.
ARG BASE
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=
ARG LICENSES=Apache-2.0
LABEL org.opencontainers.image.title="nextclose predictor" \
      org.opencontainers.image.description="Computes quantiles of scaled windows with a TensorFlow SavedModel, over V2." \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="${LICENSES}" \
      org.opencontainers.image.base.name="${BASE}"

# The transformer: checks requests, scales windows, calls the predictor and converts quantiles to prices; no TensorFlow.
FROM strip AS transformer-dependencies
COPY requirements/transformer.txt requirements/
WORKDIR /opt/site-packages
# Remove files that serving does not need: tests, headers, debug symbols, web sockets, the models of the Kubernetes client
# (kserve imports only their names), and all of Arrow except reading Parquet. The wheel contains Arrow's libraries under up
# to three names, and links each with three others that it does not use.
RUN /opt/build/bin/python -m pip --python /opt/nextclose/bin/python install \
      --no-cache-dir --no-compile --only-binary :all: --require-hashes -r /src/requirements/transformer.txt \
 && /opt/build/bin/python -m pip --python /opt/nextclose/bin/python uninstall --yes \
      cffi cryptography grpcio-tools pillow pycparser setuptools websockets \
 && find joblib numpy pandas psutil pyarrow -name tests -type d -prune -exec rm -r {} + \
 && rm -r kubernetes/aio kubernetes/client/api numpy/distutils numpy/_core/_simd.*.so \
 && find kubernetes/client/models -name '*.py' ! -name __init__.py -delete \
 && find botocore/data -mindepth 1 -maxdepth 1 -type d ! -name s3 ! -name 'sso*' ! -name sts -exec rm -r {} + \
 && rm -r pyarrow/include pyarrow/src swagger_ui_bundle/vendor/*/swagger-ui-es-bundle* \
 && for library in pyarrow/libarrow_acero.so.* pyarrow/libarrow_dataset.so.* pyarrow/libarrow_substrait.so.*; do \
      find pyarrow -name '*.so*' -exec patchelf --remove-needed "${library#*/}" {} + ; done \
 && find pyarrow -name '*.so*' ! -name 'lib.*' ! -name '_compute.*' ! -name '_fs.*' ! -name '_parquet.*' \
      ! -regex '.*/lib\(parquet\|arrow\|arrow_compute\|arrow_python\)\.so\.[0-9]+' -delete \
 && find . -regex '.*\.\(c\|cpp\|h\|hpp\|pyx\|pxd\|pxi\|pyi\|map\)' -delete \
 && find . -name '*.so*' -type f -exec eu-strip {} +
# Compile the modules that are imported at start (three quarters of all); this also checks that none was removed.
RUN /opt/nextclose/bin/python -B -c "import aiohttp.web, concurrent.futures.process, grpc.aio, joblib, prometheus_client.core, uvloop; \
import google.protobuf.message, kserve, pyarrow.compute, pyarrow.parquet, pydantic.v1, pydantic_settings; \
import numpy.typing, s3fs, structlog, swagger_ui_bundle; \
import sys; files = {getattr(module, '__file__', None) or '' for module in sys.modules.values()}; \
print(*(file for file in files if file.startswith('/opt/nextclose/') and file.endswith('.py')), sep='\n')" > /tmp/loaded \
 && python -m compileall -q --invalidation-mode unchecked-hash -i /tmp/loaded

FROM image AS transformer
COPY --from=transformer-dependencies /opt/nextclose /opt/nextclose
COPY --from=application /opt/app /opt/app
ENV OPENBLAS_NUM_THREADS=1 \
    NEXTCLOSE_HOST=0.0.0.0 \
    NEXTCLOSE_MODELS=/mnt/models \
    NEXTCLOSE_STORE=/mnt/store
ENTRYPOINT ["python", "-m", "transformer"]
# Last, so that a new version shares all other layers with the previous one.
ARG BASE
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=
ARG LICENSES=Apache-2.0
LABEL org.opencontainers.image.title="nextclose transformer" \
      org.opencontainers.image.description="Checks V2 requests, scales windows for the predictor and converts its quantiles to prices." \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="${LICENSES}" \
      org.opencontainers.image.base.name="${BASE}"

# The jobs: the command line, which collects prices and trains, evaluates, exports and promotes versions.
FROM strip AS jobs-dependencies
COPY requirements/jobs.txt requirements/
WORKDIR /opt/site-packages
# Remove files that the jobs do not need: TensorFlow's headers and libclang, tests, debug symbols (a quarter of TensorFlow),
# and botocore's data about services other than S3 and sign-in.
RUN /opt/build/bin/python -m pip --python /opt/nextclose/bin/python install \
      --no-cache-dir --no-compile --only-binary :all: --require-hashes -r /src/requirements/jobs.txt \
 && /opt/build/bin/python -m pip --python /opt/nextclose/bin/python uninstall --yes libclang \
 && find h5py joblib matplotlib numpy pandas pyarrow scipy sklearn statsmodels -name tests -type d -prune -exec rm -r {} + \
 && rm -r kubernetes/aio pyarrow/include tensorflow/include \
 && find botocore/data -mindepth 1 -maxdepth 1 -type d ! -name s3 ! -name 'sso*' ! -name sts -exec rm -r {} + \
 && find . -regex '.*\.\(c\|cpp\|h\|hpp\|pyx\|pxd\|pxi\|pyi\|map\)' -delete \
 && find aiohttp curl_cffi ml_dtypes multidict optree pyarrow tensorflow yarl -name '*.so*' -type f -exec strip --strip-unneeded {} + \
 && python -m compileall -q --invalidation-mode unchecked-hash . \
 && /opt/nextclose/bin/python -B -c "import arch, curl_cffi, exchange_calendars, kubernetes.client, matplotlib.pyplot, onnx, onnxruntime, pandera, pyarrow.parquet, s3fs, sklearn.preprocessing, tensorflow, utilsforecast, yfinance" \
 && /opt/nextclose/bin/python -B -c "import locust, tritonclient.grpc"

FROM image AS jobs
COPY --from=jobs-dependencies /opt/nextclose /opt/nextclose
COPY --from=application /opt/app /opt/app
ENV KERAS_HOME=/tmp/.keras \
    MPLCONFIGDIR=/tmp/.matplotlib \
    NEXTCLOSE_MODELS=/mnt/models \
    NEXTCLOSE_STORE=/mnt/store \
    NEXTCLOSE_WORK=/tmp/work
ENTRYPOINT ["nextclose"]
# Last, so that a new version shares all other layers with the previous one.
ARG BASE
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=
ARG LICENSES=Apache-2.0
LABEL org.opencontainers.image.title="nextclose jobs" \
      org.opencontainers.image.description="Collects prices, trains, evaluates, exports and promotes models." \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="${LICENSES}" \
      org.opencontainers.image.base.name="${BASE}"

# The dashboard: a web page that queries the service. It contains neither TensorFlow nor a model nor prices.
FROM strip AS dashboard-dependencies
COPY requirements/dashboard.txt requirements/
WORKDIR /opt/site-packages
# Remove files that the dashboard does not use: tests, headers, debug symbols and plotly's script (Streamlit has its own).
RUN /opt/build/bin/python -m pip --python /opt/nextclose/bin/python install \
      --no-cache-dir --no-compile --only-binary :all: --require-hashes -r /src/requirements/dashboard.txt \
 && find joblib numpy pandas pyarrow -name tests -type d -prune -exec rm -r {} + \
 && rm -rf pyarrow/include pyarrow/src plotly/package_data/plotly.min.js \
 && find . -regex '.*\.\(c\|cpp\|h\|hpp\|pyx\|pxd\|pxi\|pyi\|map\)' -delete \
 && find numpy pandas pyarrow -name '*.so*' -type f -exec strip --strip-unneeded {} + \
 && python -m compileall -q --invalidation-mode unchecked-hash . \
 && /opt/nextclose/bin/python -B -c "import babel.dates, httpx, plotly.graph_objects, prometheus_client.parser, pydantic_settings, streamlit.web.bootstrap, structlog"

FROM image AS dashboard
COPY --from=dashboard-dependencies /opt/nextclose /opt/nextclose
COPY --from=application /opt/app /opt/app
ENV OPENBLAS_NUM_THREADS=1 \
    NEXTCLOSE_DASHBOARD_HOST=0.0.0.0
ENTRYPOINT ["python", "-m", "dashboard"]
# Last, so that a new version shares all other layers with the previous one.
ARG BASE
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=
ARG LICENSES=Apache-2.0
LABEL org.opencontainers.image.title="nextclose dashboard" \
      org.opencontainers.image.description="Web dashboard of the served model: forecasts, track record, operations." \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="${LICENSES}" \
      org.opencontainers.image.base.name="${BASE}"
