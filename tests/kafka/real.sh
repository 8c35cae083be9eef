#!/bin/bash
# Kafka's suites at a real broker: real.sh KAFKA_TESTS [SUITE...]. At $WEIR_TEST_KAFKA, or at one that
# is started here, of the libraries that Maven brings (build/kafka keeps them).
set -euo pipefail
tests=$(realpath "$1")
shift
root=$(realpath "$(dirname "$0")/../..")
version=3.7.0

fetch() {
    mkdir -p "$root/build/kafka"
    cd "$root/build/kafka"
    [ ! -f "lib/kafka_2.13-$version.jar" ] || return 0
    cat >pom.xml <<END
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>weir</groupId><artifactId>tests</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
END
    mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib
}

configure() {
    cat >server.properties <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=$work/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
END
}

# Of the broker's programs, each is a class.
kafka() { java -Xmx512m -cp "$root/build/kafka/lib/*" "$@"; }

start() {
    work=$(mktemp -d)
    port=$((20000 + $$ % 20000))
    broker=
    trap '[ -z "$broker" ] || kill -9 "$broker"; rm -rf "$work"' EXIT
    cd "$work"
    configure
    kafka kafka.tools.StorageTool format -t "$(kafka kafka.tools.StorageTool random-uuid)" \
        -c server.properties >format.log 2>&1
    kafka kafka.Kafka server.properties >broker.log 2>&1 &
    broker=$!
    for _ in $(seq 600); do
        ! grep -q 'Kafka Server started' broker.log || return 0
        kill -0 "$broker" || break
        sleep 0.1
    done
    tail -n 20 broker.log
    return 1
}

if [ -z "${WEIR_TEST_KAFKA:-}" ]; then
    command -v java mvn >/dev/null || { echo "skipped: there is no java, or no mvn" && exit 77; }
    fetch
    start
    export WEIR_TEST_KAFKA=127.0.0.1:$port
fi
[ $# -gt 0 ] || set -- changes dropped kill lost rebalance room sink slow source stop workers
for suite; do
    echo "== $suite"
    timeout 600 "$tests" "$suite"
done
echo "Kafka $version: $# suites pass"
