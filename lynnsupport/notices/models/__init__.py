"""Notices in versions that stay, the catalogue they speak of, and the record of who was told."""

from .catalogue import Product, Provider, TenantProduct
from .delivery import Delivery, MailChoice, TenantAddress
from .notice import Dispatch, Notice, NoticeVersion

__all__ = [
    "Delivery",
    "Dispatch",
    "MailChoice",
    "Notice",
    "NoticeVersion",
    "Product",
    "Provider",
    "TenantAddress",
    "TenantProduct",
]
