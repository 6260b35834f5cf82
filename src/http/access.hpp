// SPDX-License-Identifier: MIT
#pragma once

// What the library's own parts may do with messages, and programs may not.

#include <patio/http/body.hpp>
#include <patio/http/request.hpp>
#include <patio/http/response.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patio::http::detail {

struct body_access {
    /// Null if it is none or in memory.
    [[nodiscard]] static body_source* source(const body& of) noexcept { return of.source_.get(); }
    /// What is in memory and was not read yet.
    [[nodiscard]] static std::string_view rest(const body& of) noexcept {
        return std::string_view{of.bytes_}.substr(of.position_);
    }
    /// How much of a text was read.
    [[nodiscard]] static std::size_t position(const body& of) noexcept { return of.position_; }
    /// Makes it begin again: a text where it was read up to, a source with its first byte.
    /// **Returns** whether it can.
    [[nodiscard]] static bool rewind(body& of, std::size_t position) noexcept {
        if (of.source_ != nullptr) return of.source_->rewind();
        of.position_ = position;
        return true;
    }
};

/// What few responses have.
struct response_extras {
    std::string reason;
    unique_function<async<>(stream)> talk;  // of a server: behind a 101
    stream connection;                      // of a client: behind a 101 or CONNECT
    http::url url;
    std::vector<http::url> redirects;
    duration elapsed;
    std::string asked;  // "GET http://…", for errors
};

struct response_access {
    [[nodiscard]] static response_extras& extras(response& of) { return of.extras(); }
    /// Null if it has none.
    [[nodiscard]] static response_extras* extras_if(response& of) noexcept {
        return of.extras_.get();
    }
};

struct request_access {
    /// Makes it as it was made, but for memory that the next one can use.
    static void clear(request& of) noexcept {
        of.method_.clear();
        of.target_.clear();
        of.url_ = {};
        of.query_.reset();
        of.headers_.clear();
        of.body_ = {};
        of.param_count_ = 0;
        of.mount_bytes_ = 0;
    }
    static void set_start(request& of, std::string_view method, std::string_view target) {
        of.method_.assign(method);
        of.target_.assign(target);
    }
    static void set_peer(request& of, const endpoint& peer, bool is_secure) noexcept {
        of.peer_ = &peer;
        of.is_secure_ = is_secure;
    }
    /// The place for the value of one more parameter.
    [[nodiscard]] static std::string& add_param(request& of) {
        if (of.param_count_ == of.params_.size()) of.params_.emplace_back();
        request::path_param& added = of.params_[of.param_count_++];
        added.name = {};
        added.value.clear();
        return added.value;
    }
    /// **Borrows** the name.
    static void name_param(request& of, std::size_t index, std::string_view name) noexcept {
        of.params_[index].name = name;
    }
    [[nodiscard]] static std::size_t param_count(const request& of) noexcept {
        return of.param_count_;
    }
    /// Forgets the parameters behind the first `count`.
    static void keep_params(request& of, std::size_t count) noexcept { of.param_count_ = count; }
    /// In the order in which they were added.
    [[nodiscard]] static const std::string& param_value(const request& of, std::size_t index) {
        return of.params_[index].value;
    }
    [[nodiscard]] static std::size_t mount_bytes(const request& of) noexcept {
        return of.mount_bytes_;
    }
    static void set_mount_bytes(request& of, std::size_t count) noexcept {
        of.mount_bytes_ = count;
    }
};

}  // namespace patio::http::detail
