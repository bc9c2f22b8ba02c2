from django.contrib import admin

from lynnsupport.common.admin import RolePermissionsAdmin
from lynnsupport.notices.models import Notice


@admin.register(Notice)
class NoticeAdmin(RolePermissionsAdmin, admin.ModelAdmin):
    view_permission = "notices.view_notice"
