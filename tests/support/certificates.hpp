// SPDX-License-Identifier: MIT
#pragma once

// Certificates for tests, made as they run: an authority of our own and what it signs.

#include <memory>
#include <string>
#include <vector>

namespace patio::test_support {

/// A certificate with its key, both in PEM.
struct identity {
    std::string certificate;
    std::string key;

    /// The key, locked with a password.
    [[nodiscard]] std::string encrypted_key(const std::string& password) const;
};

/// What a certificate shall say.
class certificate_request {
public:
    /// Names and addresses that it is for: "example.org", "*.example.org", "127.0.0.1", "::1".
    explicit certificate_request(std::vector<std::string> names) : names_{std::move(names)} {}
    certificate_request& common_name(const std::string& name) {
        common_name_ = name;
        return *this;
    }
    /// It was good until yesterday.
    certificate_request& expired() {
        is_expired_ = true;
        return *this;
    }

private:
    friend class authority;
    std::vector<std::string> names_;
    std::string common_name_ = "patio test";
    bool is_expired_ = false;
};

/// Signs certificates with a key that exists as long as this object.
class authority {
public:
    explicit authority(const std::string& name = "patio test authority");
    authority(const authority&) = delete;
    authority& operator=(const authority&) = delete;
    ~authority();

    /// Its own certificate, for those who trust it.
    [[nodiscard]] const std::string& pem() const { return pem_; }
    [[nodiscard]] identity issue(const certificate_request& what) const;

private:
    struct keys;
    std::unique_ptr<keys> keys_;
    std::string pem_;
};

}  // namespace patio::test_support
