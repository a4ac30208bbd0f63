#ifndef TETIK_CRDKAFKA_SHIM_H
#define TETIK_CRDKAFKA_SHIM_H
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <sys/eventfd.h>

/* Swift cannot call variadic functions: the same, for one error. */
static inline rd_kafka_resp_err_t
tetik_mock_broker_push_error(rd_kafka_mock_cluster_t *cluster, int32_t broker,
                             int16_t api_key, rd_kafka_resp_err_t err,
                             int rtt_ms) {
    return rd_kafka_mock_broker_push_request_error_rtts(cluster, broker,
                                                        api_key, 1, err, rtt_ms);
}
#endif
