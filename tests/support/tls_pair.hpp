// SPDX-License-Identifier: MIT
#pragma once

// Two sides of an encrypted connection through memory.

#include "certificates.hpp"

#include <patio/core/error.hpp>
#include <patio/core/gather.hpp>
#include <patio/testing/memory_stream.hpp>
#include <patio/tls/client_context.hpp>
#include <patio/tls/server_context.hpp>

#include <string>
#include <system_error>
#include <tuple>
#include <utility>

namespace patio::test_support {

/// One for all tests of a program: keys take a while to make.
inline const authority& test_authority() {
    static const authority one;
    return one;
}

/// What the server is in most tests.
inline const identity& example_identity() {
    static const identity one = test_authority().issue(
        certificate_request{{"example.org", "*.example.org", "127.0.0.1", "::1"}});
    return one;
}

inline tls::client_context trusting_client() {
    return tls::client_context{}.load_verify_pem(test_authority().pem());
}

inline tls::server_context example_server() {
    return tls::server_context{}.load_cert_chain_pem(example_identity().certificate,
                                                     example_identity().key);
}

/// How an operation has failed; no code if it has not.
struct failure {
    std::error_code code;
    std::string what;
};
template <class A>
async<failure> failure_of(A operation) {
    failure met;
    try {
        co_await std::move(operation);
    } catch (const error& thrown) {
        met.code = thrown.code();
        met.what = thrown.what();
    }
    co_return met;
}

/// Encrypts both ends at once.
inline async<> start_both(testing::stream_pair& pair, const tls::client_context& client,
                          const tls::server_context& server, std::string host = "example.org") {
    co_await gather(client.start(pair.first, std::move(host)), server.start(pair.second, {}));
}

/// The same where it must fail: how it did for the client, and for the server.
inline async<std::tuple<failure, failure>> fail_both(testing::stream_pair& pair,
                                                     const tls::client_context& client,
                                                     const tls::server_context& server,
                                                     std::string host = "example.org") {
    auto both = gather(failure_of(client.start(pair.first, std::move(host))),
                       failure_of(server.start(pair.second, {})));
    auto met = co_await std::move(both);
    co_return met;
}

/// Ends both at once: each waits for the other one's goodbye.
inline async<> close_both(testing::stream_pair& pair) {
    co_await gather(pair.first.close(), pair.second.close());
}

}  // namespace patio::test_support
