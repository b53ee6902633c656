# Sourced: the images that the AppHost and deploy/compose.yaml ask for. What cannot be pulled is made from this machine's own
# programs, under the same name and tag: enough to run, not the real thing.

have_image() { # an image, pulled unless PULL=never; false where it is not to be had
  docker image inspect "$1" >/dev/null 2>&1 && return
  [ "${PULL:-}" != never ] && timeout 120 docker pull -q "$1" >/dev/null 2>&1
}

# A root file system of programs of this machine with the libraries that they load.
root_of() { # folder, programs and libraries...
  local root=$1 file
  shift
  mkdir -p "$root"/{bin,etc,tmp,data,usr/bin,usr/local/bin,root}
  chmod 1777 "$root/tmp"
  printf 'root:x:0:0::/root:/bin/sh\napp:x:1654:1654::/home/app:/bin/sh\n' > "$root/etc/passwd"
  printf 'root:x:0:\napp:x:1654:\n' > "$root/etc/group"
  printf 'hosts: files dns\n' > "$root/etc/nsswitch.conf"
  for file in "$@"; do
    copy_in "$root" "$file"
    ldd "$file" 2>/dev/null | grep -oE '/[^ ]+' | while read -r library; do copy_in "$root" "$library"; done
  done
}

copy_in() { # root, file: to the same path, links followed
  mkdir -p "$1$(dirname "$2")"
  [ -e "$1$2" ] || cp -L "$2" "$1$2"
}

import_image() { # folder, name, docker import's changes...
  local root=$1 name=$2 changes=()
  shift 2
  for change in "$@"; do changes+=(--change "$change"); done
  tar -C "$root" --numeric-owner -c . | docker import "${changes[@]}" - "$name" >/dev/null
  rm -rf "$root"
  echo "Docker: $name is a stand-in, made of this machine's programs"
}

redis_image() {
  have_image "$1" && return
  local root="$work/root-redis"
  root_of "$root" "$(command -v redis-server)" "$(command -v redis-cli)" "$(command -v bash)" "$(command -v grep)"
  ln -sf bash "$root$(dirname "$(command -v bash)")/sh"
  [ -e "$root/bin/sh" ] || ln -s "$(command -v bash)" "$root/bin/sh"
  import_image "$root" "$1" 'WORKDIR /data' 'VOLUME /data' 'EXPOSE 6379' 'CMD ["redis-server"]' "ENV PATH=/usr/local/bin:/usr/bin:/bin"
}

mailbox_image() {
  have_image "$1" && return
  local root="$work/root-mailbox" python=/usr/bin/python3
  root_of "$root" "$(readlink -f $python)" $python /lib/*/libssl.so.3 /usr/lib/*/libssl.so.3
  mkdir -p "$root/usr/lib"
  cp -r /usr/lib/python3.[0-9]* "$root/usr/lib/"
  cp "$here/scripts/containers/mailbox.py" "$root/mailbox.py"
  import_image "$root" "$1" 'EXPOSE 1025' 'EXPOSE 8025' "ENTRYPOINT [\"$python\", \"-u\", \"/mailbox.py\"]"
}

# What an image by the .NET SDK stands on. It reads its base from a registry, so where none can be reached one runs here.
dotnet_base() {
  local tag=10.0 dotnet root="$work/root-dotnet"
  base="mcr.microsoft.com/dotnet/aspnet:$tag"
  have_image "$base" && { base=; return; }
  command -v docker-registry >/dev/null || { echo "$base cannot be pulled, and there is no registry to offer a stand-in: apt-get install docker-registry" >&2; return 1; }
  dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
  root_of "$root" "$dotnet/dotnet" "$(command -v bash)" "$(command -v grep)" /lib/*/libgcc_s.so.1 /usr/lib/*/libstdc++.so.6 /usr/lib/*/libssl.so.3 /usr/lib/*/libcrypto.so.3 \
    "$dotnet"/shared/Microsoft.NETCore.App/*/libSystem.Native.so
  mkdir -p "$root$dotnet" "$root/app" "$root/home/app" "$root/etc/ssl/certs"
  cp -r "$dotnet/shared" "$dotnet/host" "$root$dotnet/"
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" 2>/dev/null || true
  [ -e "$root/bin/sh" ] || ln -s "$(command -v bash)" "$root/bin/sh"
  [ "$(command -v dotnet)" = "$dotnet/dotnet" ] || ln -sf "$dotnet/dotnet" "$root/usr/bin/dotnet"
  chown -R 1654:1654 "$root/home/app"

  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  cat > "$work/registry.yml" <<CONF
version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: $work/registry } }
http: { addr: 127.0.0.1:$port }
CONF
  docker-registry serve "$work/registry.yml" > "$work/registry.log" 2>&1 &
  registry=$!
  base="localhost:$port/dotnet/aspnet:$tag"
  import_image "$root" "$base" "ENV PATH=/usr/local/bin:/usr/bin:/bin" "ENV DOTNET_ROOT=$dotnet" 'ENV APP_UID=1654' 'ENV ASPNETCORE_HTTP_PORTS=8080' \
    'ENV DOTNET_RUNNING_IN_CONTAINER=true' 'ENV HOME=/home/app' 'WORKDIR /app'
  docker push -q "$base" >/dev/null
}

service_image() { # project, image name
  dotnet publish "$here/$1" -c Release -t:PublishContainer -p:ContainerRepository="$2" -p:ContainerImageTag=latest \
    -p:RestoreLockedMode=false -p:NuGetLockFilePath=obj/publish.lock.json \
    ${base:+-p:ContainerBaseImage="$base"} -v q -clp:ErrorsOnly
}
