// SPDX-License-Identifier: MIT

#include "tls/session_store.hpp"

#include <ctime>
#include <string>

#include <gtest/gtest.h>

namespace {

using patio::tls::owned_session;
using patio::tls::session_store;

/// One that could be taken up, if there were a server for it.
owned_session make_session(int version, const std::string& id, long age = 0) {
    owned_session made{SSL_SESSION_new()};
    SSL_SESSION_set_protocol_version(made.get(), version);
    SSL_SESSION_set1_id(made.get(), reinterpret_cast<const unsigned char*>(id.data()),
                        static_cast<unsigned int>(id.size()));
    SSL_SESSION_set_time(made.get(), static_cast<long>(std::time(nullptr)) - age);
    SSL_SESSION_set_timeout(made.get(), 100);
    return made;
}

std::string taken(session_store& from, const std::string& host) {
    const owned_session session = from.take(host);
    if (session == nullptr) return "none";
    unsigned int size = 0;
    const unsigned char* id = SSL_SESSION_get_id(session.get(), &size);
    return {reinterpret_cast<const char*>(id), size};
}

TEST(session_store, gives_out_the_latest_of_a_host_each_once) {
    session_store store;
    store.put("a", make_session(TLS1_3_VERSION, "one"));
    store.put("a", make_session(TLS1_3_VERSION, "two"));
    store.put("b", make_session(TLS1_3_VERSION, "other"));
    EXPECT_EQ(taken(store, "a"), "two");
    EXPECT_EQ(taken(store, "a"), "one");
    EXPECT_EQ(taken(store, "a"), "none");
    EXPECT_EQ(taken(store, "b"), "other");
    EXPECT_EQ(taken(store, "c"), "none");
}

TEST(session_store, gives_out_those_of_tls_1_2_again) {
    session_store store;
    store.put("a", make_session(TLS1_2_VERSION, "one"));
    EXPECT_EQ(taken(store, "a"), "one");
    EXPECT_EQ(taken(store, "a"), "one");
}

TEST(session_store, forgets_what_is_too_old) {
    session_store store;
    store.put("a", make_session(TLS1_3_VERSION, "good"));
    store.put("a", make_session(TLS1_3_VERSION, "old", 200));
    EXPECT_EQ(taken(store, "a"), "good");
    EXPECT_EQ(taken(store, "a"), "none");
}

TEST(session_store, keeps_few_for_a_host) {
    session_store store;
    for (const char* id : {"1", "2", "3", "4", "5", "6"})
        store.put("a", make_session(TLS1_3_VERSION, id));
    std::string all;
    for (int count = 0; count < 5; ++count)
        all += taken(store, "a");
    EXPECT_EQ(all, "6543none");
}

TEST(session_store, keeps_the_latest_hosts) {
    session_store store;
    store.hosts_max(2);
    store.put("a", make_session(TLS1_3_VERSION, "a1"));
    store.put("b", make_session(TLS1_3_VERSION, "b1"));
    store.put("a", make_session(TLS1_3_VERSION, "a2"));
    store.put("c", make_session(TLS1_3_VERSION, "c1"));
    EXPECT_EQ(taken(store, "b"), "none");
    EXPECT_EQ(taken(store, "a"), "a2");
    store.hosts_max(0);
    EXPECT_EQ(taken(store, "c"), "none");
    store.put("c", make_session(TLS1_3_VERSION, "c2"));
    EXPECT_EQ(taken(store, "c"), "none");
}

}  // namespace
