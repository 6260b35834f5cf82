// SPDX-License-Identifier: MIT

#include <patio/http/router.hpp>

#include "route_table.hpp"

namespace patio::http {

router::router() : table_{std::make_unique<detail::route_table>()} {}
router::router(router&& other) noexcept : table_{std::move(other.table_)} {}
router& router::operator=(router&& other) noexcept {
    table_ = std::move(other.table_);
    return *this;
}
router::~router() = default;

void router::add(std::string_view method, std::string_view path, detail::made_route made) {
    table_->add(method, path, std::move(made));
}

void router::add_mount(std::string_view path, std::unique_ptr<handler> other) {
    if (const auto* inner = dynamic_cast<router*>(other.get())) inner->table_->set_outer(*table_);
    table_->mount(path, std::move(other));
}

void router::set_fallback(std::unique_ptr<handler> answers) {
    table_->set_fallback(std::move(answers));
}

router& router::use(middleware around) {
    table_->use(std::move(around));
    return *this;
}

handler& router::find(request& asked) { return table_->find(asked); }

async<response> router::answer(request& asked) { return find(asked).answer(asked); }

}  // namespace patio::http
