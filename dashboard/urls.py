"""The site map: who you are, how Callboard is doing, and then the product."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView, PasswordChangeDoneView
from django.urls import include, path
from django.views.generic import RedirectView

from dashboard import health, overview, views

handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.page_not_found
handler500 = views.server_error

urlpatterns = [
    # accounts/
    path("accounts/login/", views.SignInView.as_view(), name="login"),
    path("accounts/logout/", login_not_required(LogoutView.as_view()), name="logout"),
    path("accounts/password/", views.PasswordView.as_view(), name="password_change"),
    path(
        "accounts/password/done/",
        PasswordChangeDoneView.as_view(template_name="registration/password_done.html"),
        name="password_change_done",
    ),
    path("accounts/theme/", views.theme, name="theme"),
    # admin/
    path("admin/login/", views.admin_sign_in, name="admin_sign_in"),
    path("admin/password_change/", RedirectView.as_view(pattern_name="password_change")),
    path("admin/", admin.site.urls),
    # operations
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.metrics, name="metrics"),
    # the product
    path("", overview.overview, name="overview"),
    path("", include("campaigns.urls")),
]
