import django.core.validators
import django.db.models.deletion
import lynnsupport.accounts.models.fields
import simple_history.models
import sla.domain.targets
import sla.models.calendars
import sla.models.policies
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0002_designations_never_overlap'),
        ('accounts', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='BusinessCalendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('country', models.CharField(choices=[('CL', 'Chile'), ('PE', 'Peru'), ('EC', 'Ecuador'), ('CO', 'Colombia'), ('MX', 'Mexico'), ('BR', 'Brazil'), ('ES', 'Spain')], help_text='Whose public holidays are imported.', max_length=2, verbose_name='country')),
                ('time_zone', models.CharField(max_length=50, validators=[lynnsupport.accounts.models.fields.validate_time_zone], verbose_name='time zone')),
                ('is_default', models.BooleanField(default=False, help_text='Applies to tenants that name no calendar (SUP-1).', verbose_name='default')),
                ('monday', sla.models.calendars.HoursField(blank=True, help_text="Such as 09:00-13:00 14:00-18:00. Empty is closed; 24:00 is midnight at the day's end.", max_length=100, verbose_name='Monday')),
                ('tuesday', sla.models.calendars.HoursField(blank=True, max_length=100, verbose_name='Tuesday')),
                ('wednesday', sla.models.calendars.HoursField(blank=True, max_length=100, verbose_name='Wednesday')),
                ('thursday', sla.models.calendars.HoursField(blank=True, max_length=100, verbose_name='Thursday')),
                ('friday', sla.models.calendars.HoursField(blank=True, max_length=100, verbose_name='Friday')),
                ('saturday', sla.models.calendars.HoursField(blank=True, max_length=100, verbose_name='Saturday')),
                ('sunday', sla.models.calendars.HoursField(blank=True, max_length=100, verbose_name='Sunday')),
                ('notes', models.TextField(blank=True, verbose_name='notes')),
            ],
            options={
                'verbose_name': 'business calendar',
                'verbose_name_plural': 'business calendars',
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('is_default',), name='calendar_one_default', violation_error_message='Another calendar is the default.')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalBusinessCalendar',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('code', models.SlugField(verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('country', models.CharField(choices=[('CL', 'Chile'), ('PE', 'Peru'), ('EC', 'Ecuador'), ('CO', 'Colombia'), ('MX', 'Mexico'), ('BR', 'Brazil'), ('ES', 'Spain')], help_text='Whose public holidays are imported.', max_length=2, verbose_name='country')),
                ('time_zone', models.CharField(max_length=50, validators=[lynnsupport.accounts.models.fields.validate_time_zone], verbose_name='time zone')),
                ('is_default', models.BooleanField(default=False, help_text='Applies to tenants that name no calendar (SUP-1).', verbose_name='default')),
                ('monday', sla.models.calendars.HoursField(blank=True, help_text="Such as 09:00-13:00 14:00-18:00. Empty is closed; 24:00 is midnight at the day's end.", max_length=100, verbose_name='Monday')),
                ('tuesday', sla.models.calendars.HoursField(blank=True, max_length=100, verbose_name='Tuesday')),
                ('wednesday', sla.models.calendars.HoursField(blank=True, max_length=100, verbose_name='Wednesday')),
                ('thursday', sla.models.calendars.HoursField(blank=True, max_length=100, verbose_name='Thursday')),
                ('friday', sla.models.calendars.HoursField(blank=True, max_length=100, verbose_name='Friday')),
                ('saturday', sla.models.calendars.HoursField(blank=True, max_length=100, verbose_name='Saturday')),
                ('sunday', sla.models.calendars.HoursField(blank=True, max_length=100, verbose_name='Sunday')),
                ('notes', models.TextField(blank=True, verbose_name='notes')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical business calendar',
                'verbose_name_plural': 'historical business calendars',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalCalendarDay',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('date', models.DateField(verbose_name='date')),
                ('name', models.CharField(max_length=150, verbose_name='name')),
                ('kind', models.CharField(choices=[('closed', 'Closed'), ('special', 'Other hours'), ('usual', 'An ordinary day after all')], default='closed', max_length=7, verbose_name='kind')),
                ('hours', sla.models.calendars.HoursField(blank=True, help_text="Such as 09:00-13:00 14:00-18:00. Empty is closed; 24:00 is midnight at the day's end.", max_length=100, verbose_name='hours')),
                ('origin', models.CharField(choices=[('imported', 'Imported'), ('manual', 'By hand')], default='manual', editable=False, max_length=8, verbose_name='origin')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('calendar', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sla.businesscalendar', verbose_name='calendar')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical day of a calendar',
                'verbose_name_plural': 'historical days of a calendar',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalSlaPolicy',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('code', models.SlugField(verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('is_default', models.BooleanField(default=False, help_text='Applies where the contract names no policy (RST-4).', verbose_name='default')),
                ('notes', models.TextField(blank=True, verbose_name='notes')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical policy',
                'verbose_name_plural': 'historical policies',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalTenantCalendar',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('calendar', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sla.businesscalendar', verbose_name='calendar')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.tenant', verbose_name='tenant')),
            ],
            options={
                'verbose_name': 'historical calendar of a tenant',
                'verbose_name_plural': 'historical calendars of tenants',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='SlaPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('is_default', models.BooleanField(default=False, help_text='Applies where the contract names no policy (RST-4).', verbose_name='default')),
                ('notes', models.TextField(blank=True, verbose_name='notes')),
            ],
            options={
                'verbose_name': 'policy',
                'verbose_name_plural': 'policies',
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('is_default',), name='policy_one_default', violation_error_message='Another policy is the default.')],
            },
        ),
        migrations.CreateModel(
            name='PolicyVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('critical_over', models.DecimalField(decimal_places=2, help_text='SEV-1', max_digits=5, verbose_name='severity 1 over (percent of impact)')),
                ('low_under', models.DecimalField(decimal_places=2, help_text='SEV-1', max_digits=5, verbose_name='severity 3 under (percent of impact)')),
                ('weight_low', models.DecimalField(decimal_places=3, help_text='SEV-3', max_digits=6, verbose_name='weight of low priority')),
                ('weight_normal', models.DecimalField(decimal_places=3, help_text='SEV-3', max_digits=6, verbose_name='weight of normal priority')),
                ('weight_high', models.DecimalField(decimal_places=3, help_text='SEV-3', max_digits=6, verbose_name='weight of high priority')),
                ('warning_percents', models.CharField(blank=True, help_text='In ascending order, such as 50 75 90 (RST-8).', max_length=100, validators=[sla.models.policies.validate_percents], verbose_name='warnings at (percent of the target)')),
                ('effective_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='in force from')),
                ('published_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='published at')),
                ('digest', models.CharField(blank=True, editable=False, max_length=64, verbose_name='digest')),
                ('published_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='published by')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='sla.slapolicy', verbose_name='policy')),
            ],
            options={
                'verbose_name': 'policy version',
                'verbose_name_plural': 'policy versions',
                'ordering': ['policy', '-number'],
                'indexes': [models.Index(fields=['policy', '-effective_at', '-number'], name='policy_in_force')],
                'constraints': [models.UniqueConstraint(fields=('policy', 'number'), name='policy_version_number_once'), models.UniqueConstraint(condition=models.Q(('published_at__isnull', True)), fields=('policy',), name='policy_one_draft', violation_error_message='This policy already has a draft.'), models.CheckConstraint(condition=models.Q(models.Q(('effective_at__isnull', True), ('published_at__isnull', True), ('published_by__isnull', True), ('digest', '')), models.Q(('effective_at__isnull', False), ('published_at__isnull', False), models.Q(('digest', ''), _negated=True)), _connector='OR'), name='policy_version_published_whole'), models.CheckConstraint(condition=models.Q(('critical_over__lt', 100), ('low_under__gt', 0), ('low_under__lte', models.F('critical_over'))), name='policy_version_borders', violation_error_message='The borders must ascend: over 0, the lower one first, under 100 (SEV-1).'), models.CheckConstraint(condition=models.Q(('weight_low__gt', 0), ('weight_low__lte', models.F('weight_normal')), ('weight_normal__lte', models.F('weight_high'))), name='policy_version_weights', violation_error_message='The weights must be positive and ascend with the priority (SEV-3).')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalContractPolicy',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('contract', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.contract', verbose_name='contract')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('policy', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sla.slapolicy', verbose_name='policy')),
            ],
            options={
                'verbose_name': 'historical policy of a contract',
                'verbose_name_plural': 'historical policies of contracts',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='ContractPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('contract', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='agreed_policy', to='accounts.contract', verbose_name='contract')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contracts', to='sla.slapolicy', verbose_name='policy')),
            ],
            options={
                'verbose_name': 'policy of a contract',
                'verbose_name_plural': 'policies of contracts',
                'ordering': ['contract__number'],
            },
        ),
        migrations.CreateModel(
            name='TenantCalendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tenants', to='sla.businesscalendar', verbose_name='calendar')),
                ('tenant', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='support_calendar', to='accounts.tenant', verbose_name='tenant')),
            ],
            options={
                'verbose_name': 'calendar of a tenant',
                'verbose_name_plural': 'calendars of tenants',
                'ordering': ['tenant__code'],
            },
        ),
        migrations.CreateModel(
            name='CalendarDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField(verbose_name='date')),
                ('name', models.CharField(max_length=150, verbose_name='name')),
                ('kind', models.CharField(choices=[('closed', 'Closed'), ('special', 'Other hours'), ('usual', 'An ordinary day after all')], default='closed', max_length=7, verbose_name='kind')),
                ('hours', sla.models.calendars.HoursField(blank=True, help_text="Such as 09:00-13:00 14:00-18:00. Empty is closed; 24:00 is midnight at the day's end.", max_length=100, verbose_name='hours')),
                ('origin', models.CharField(choices=[('imported', 'Imported'), ('manual', 'By hand')], default='manual', editable=False, max_length=8, verbose_name='origin')),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='days', to='sla.businesscalendar', verbose_name='calendar')),
            ],
            options={
                'verbose_name': 'day of a calendar',
                'verbose_name_plural': 'days of a calendar',
                'ordering': ['date'],
                'constraints': [models.UniqueConstraint(fields=('calendar', 'date'), name='calendar_day_once', violation_error_message='This date is already in the calendar.'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'special'), models.Q(('hours', ''), _negated=True)), models.Q(models.Q(('kind', 'special'), _negated=True), ('hours', '')), _connector='OR'), name='calendar_day_hours_fit_kind')],
            },
        ),
        migrations.CreateModel(
            name='CalendarVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('effective_at', models.DateTimeField(verbose_name='in force from')),
                ('published_at', models.DateTimeField(verbose_name='published at')),
                ('definition', models.JSONField(verbose_name='definition')),
                ('digest', models.CharField(max_length=64, verbose_name='digest')),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='sla.businesscalendar', verbose_name='calendar')),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='published by')),
            ],
            options={
                'verbose_name': 'calendar version',
                'verbose_name_plural': 'calendar versions',
                'ordering': ['calendar', '-number'],
                'indexes': [models.Index(fields=['calendar', '-effective_at', '-number'], name='calendar_in_force')],
                'constraints': [models.UniqueConstraint(fields=('calendar', 'number'), name='calendar_version_number_once')],
            },
        ),
        migrations.CreateModel(
            name='MaintenanceAgreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('daily_start', models.TimeField(help_text='Local time of the tenant.', verbose_name='begins daily at')),
                ('effective_on', models.DateField(verbose_name='first day')),
                ('agreed_at', models.DateTimeField(verbose_name='agreed at')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
                ('agreed_with', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.contact', verbose_name='agreed with')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='maintenance_agreements', to='accounts.tenant', verbose_name='tenant')),
            ],
            options={
                'verbose_name': 'maintenance agreement',
                'verbose_name_plural': 'maintenance agreements',
                'ordering': ['tenant__code', '-effective_on'],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'effective_on'), name='maintenance_agreement_once_per_day', violation_error_message='An agreement already begins on this day.')],
            },
        ),
        migrations.CreateModel(
            name='PolicyTarget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[(sla.domain.targets.ClockKind['FIRST_RESPONSE'], 'First response'), (sla.domain.targets.ClockKind['NEXT_RESPONSE'], 'Next response'), (sla.domain.targets.ClockKind['RESTORATION_GOAL'], 'Restoration (goal)'), (sla.domain.targets.ClockKind['RESTORATION'], 'Restoration')], max_length=20, verbose_name='clock')),
                ('severity', models.PositiveSmallIntegerField(choices=[(1, '1'), (2, '2'), (3, '3')], verbose_name='severity')),
                ('amount', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1, message='A target must leave time: write 1 or more.')], verbose_name='amount')),
                ('unit', models.CharField(choices=[(sla.domain.targets.Unit['ELAPSED_MINUTES'], 'minutes, day and night'), (sla.domain.targets.Unit['BUSINESS_MINUTES'], 'business minutes'), (sla.domain.targets.Unit['BUSINESS_DAYS'], 'business days')], max_length=20, verbose_name='measured in')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='sla.policyversion', verbose_name='version')),
            ],
            options={
                'verbose_name': 'target',
                'verbose_name_plural': 'targets',
                'ordering': ['version', 'kind', 'severity'],
                'constraints': [models.UniqueConstraint(fields=('version', 'kind', 'severity'), name='target_once_per_kind_and_severity', violation_error_message='This clock already has a target at this severity.'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='target_leaves_time'), models.CheckConstraint(condition=models.Q(('severity__in', (1, 2, 3))), name='target_severity')],
            },
        ),
    ]
