// SPDX-License-Identifier: MIT

#include "session_store.hpp"

#include <ctime>

namespace patio::tls {

namespace {

bool is_good(const SSL_SESSION& session) {
    const long age = static_cast<long>(std::time(nullptr)) - SSL_SESSION_get_time(&session);
    return SSL_SESSION_is_resumable(&session) == 1 && age >= 0 &&
           age < SSL_SESSION_get_timeout(&session);
}

}  // namespace

void session_store::drop_oldest() {
    by_host_.erase(latest_first_.back().host);
    latest_first_.pop_back();
}

void session_store::hosts_max(std::size_t count) {
    const std::lock_guard guard{lock_};
    hosts_max_ = count;
    while (latest_first_.size() > count)
        drop_oldest();
}

void session_store::put(const std::string& host, owned_session session) {
    const std::lock_guard guard{lock_};
    if (hosts_max_ == 0) return;
    const auto found = by_host_.find(host);
    if (found == by_host_.end()) {
        latest_first_.push_front({host, {}});
        by_host_.emplace(host, latest_first_.begin());
        if (latest_first_.size() > hosts_max_) drop_oldest();
    } else {
        latest_first_.splice(latest_first_.begin(), latest_first_, found->second);
    }
    std::list<owned_session>& sessions = latest_first_.front().sessions;
    sessions.push_front(std::move(session));
    if (sessions.size() > per_host_max) sessions.pop_back();
}

owned_session session_store::take(const std::string& host) {
    const std::lock_guard guard{lock_};
    const auto found = by_host_.find(host);
    if (found == by_host_.end()) return nullptr;
    std::list<owned_session>& sessions = found->second->sessions;
    while (!sessions.empty()) {
        if (is_good(*sessions.front())) {
            if (SSL_SESSION_get_protocol_version(sessions.front().get()) != TLS1_3_VERSION) {
                SSL_SESSION_up_ref(sessions.front().get());
                return owned_session{sessions.front().get()};
            }
            owned_session session = std::move(sessions.front());
            sessions.pop_front();
            return session;
        }
        sessions.pop_front();
    }
    return nullptr;
}

}  // namespace patio::tls
